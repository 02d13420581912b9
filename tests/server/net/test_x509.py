"""Names and dates of certificates, held against what `cryptography` reads from the same bytes."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from webfoot.server.net.x509 import expiry_of, subject_of

KEY = ec.generate_private_key(ec.SECP256R1())
CN, ORG, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME


def certificate(name: x509.Name, end: datetime = datetime(2030, 1, 2, 3, 4, 5)) -> bytes:
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([]))
        .public_key(KEY.public_key())
        .serial_number(2**140)
        .not_valid_before(datetime(1990, 1, 1))
        .not_valid_after(end)
        .sign(KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def test_the_most_specific_part_comes_first():
    whole = name((NameOID.COUNTRY_NAME, "DE"), (ORG, "Pond"), (OU, "Reed"), (CN, "Daisy"))
    assert subject_of(certificate(whole)) == "CN=Daisy,OU=Reed,O=Pond,C=DE"


@pytest.mark.parametrize(
    "text",
    ["plain", "a,b", 'a"b', "a+b", "a;b<c>d", "a\\b", " leading", "#hash", "trailing ", " ", "  ", "a # b", "Ente äöü",
     "鴨", "a=b", "🦆", "x" * 64],
)  # fmt: skip
def test_values_are_escaped_as_others_do(text: str):
    whole = name((CN, text), (ORG, text))
    assert subject_of(certificate(whole)) == whole.rfc4514_string()


def test_control_characters_cannot_break_a_line():
    assert subject_of(certificate(name((CN, "a\r\nb\x00\x7f")))) == "CN=a\\0D\\0Ab\\00\\7F"


def test_parts_of_several_attributes():
    parts = x509.RelativeDistinguishedName([x509.NameAttribute(CN, "Daisy"), x509.NameAttribute(OU, "Reed")])
    whole = x509.Name([parts, x509.RelativeDistinguishedName([x509.NameAttribute(ORG, "Pond")])])
    assert subject_of(certificate(whole)) in ("O=Pond,CN=Daisy+OU=Reed", "O=Pond,OU=Reed+CN=Daisy")


def test_an_unknown_attribute_is_written_as_numbers():
    """RFC 4514 section 2.4: '#' and the BER encoding."""
    kind = x509.ObjectIdentifier("1.3.6.1.4.1.99999.16384")
    assert subject_of(certificate(name((kind, "ab")))) == "1.3.6.1.4.1.99999.16384=#0c026162"


@pytest.mark.parametrize("kind", [_ASN1Type.BMPString, _ASN1Type.UniversalString, _ASN1Type.UTF8String])
def test_encodings_of_text(kind: _ASN1Type):
    text = {_ASN1Type.BMPString: "Ä鴨".encode("utf-16-be"), _ASN1Type.UniversalString: "Ä鴨".encode("utf-32-be")}
    attribute = bytes([kind.value, len(text.get(kind, "Ä鴨".encode()))]) + text.get(kind, "Ä鴨".encode())
    plain = certificate(name((CN, "?" * len(attribute[2:]))))
    # cryptography writes UTF8String; swap the value in place, the lengths stay.
    old = b"\x0c" + bytes([len(attribute) - 2]) + b"?" * (len(attribute) - 2)
    assert plain.count(old) == 1
    assert subject_of(plain.replace(old, attribute)) == "CN=Ä鴨"


def test_no_name_at_all():
    assert subject_of(certificate(x509.Name([]))) == ""


@pytest.mark.parametrize("end", [datetime(2030, 1, 2, 3, 4, 5), datetime(2049, 12, 31), datetime(2051, 2, 3, 4, 5, 6)])
def test_the_end(end: datetime):
    """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5)."""
    assert expiry_of(certificate(name((CN, "x")), end)) == end.replace(tzinfo=UTC).timestamp()


def test_a_date_of_the_last_century():
    end = datetime(1999, 5, 6)
    assert expiry_of(certificate(name((CN, "x")), end)) == end.replace(tzinfo=UTC).timestamp()


def test_an_end_that_nobody_can_read_is_none():
    unreadable = certificate(name((CN, "x"))).replace(b"300102030405Z", b"30010203+0100")
    assert expiry_of(unreadable) == math.inf
