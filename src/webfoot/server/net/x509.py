"""What we read from a certificate (RFC 5280): its subject as one line of text (RFC 4514), its names, when it ends.

Python's ssl gives the subject without the encoding of its values, which RFC 4514 needs where a type has no name; so
the few fields are taken from the DER itself. OpenSSL has parsed the certificate before us: it is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

_UTC_TIME: Final = 0x17
_VERSION: Final = 0xA0  # [0], explicit; left out in certificates of version 1
_EXTENSIONS: Final = 0xA3  # [3], explicit
_DNS_NAME: Final = 0x82  # [2], implicit
_SUBJECT_ALT_NAME: Final = bytes.fromhex("551d11")  # 2.5.29.17
_AUTHORITY_INFORMATION: Final = bytes.fromhex("2b06010505070101")  # 1.3.6.1.5.5.7.1.1
_CA_ISSUERS: Final = bytes.fromhex("06082b06010505073002")  # 1.3.6.1.5.5.7.48.2 with tag and length

_NAMES: Final = {
    # RFC 4514 section 3
    "2.5.4.3": "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
    # registered as RFC 4520 says, and common in certificates (RFC 4519, RFC 5280 appendix A.1)
    "2.5.4.4": "sn",
    "2.5.4.5": "serialNumber",
    "2.5.4.12": "title",
    "2.5.4.42": "givenName",
    "2.5.4.46": "dnQualifier",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_TEXT: Final = {  # tag of a string -> how it is encoded
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString, as it is used
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
# RFC 4514 section 2.4. Control characters need not be escaped, but a name ends up in logs and headers.
_SPECIAL: Final = re.compile(r'["+,;<>\\]|^[ #]| \Z|[\x00-\x1f\x7f]')


def subject_of(certificate: bytes) -> str:
    """The distinguished name of the subject as RFC 4514 writes it, the most specific part first.

    certificate: DER. A subject without a name is the empty string.
    """
    rdns = [content for _, content, _ in _elements(_fields(certificate)[4])]
    return ",".join("+".join(_attribute(each) for _, each, _ in _elements(rdn)) for rdn in reversed(rdns))


def expiry_of(certificate: bytes) -> float:
    """Unix time at which the certificate (DER) ceases to be valid; infinity if it does not say so in a usual way."""
    _, (tag, content, _) = _elements(_fields(certificate)[3])
    text = content.decode("latin-1")
    if tag == _UTC_TIME:  # RFC 5280 section 4.1.2.5.1: years from 50 on belong to the last century
        text = ("19" if text >= "50" else "20") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return float("inf")


def names_of(certificate: bytes) -> list[str]:
    """The host names that the certificate (DER) is for, in lower case: dNSName of subjectAltName (RFC 5280, 4.2.1.6).

    The subject's common name does not count (RFC 9525 section 2).
    """
    extension = _extension(certificate, _SUBJECT_ALT_NAME)
    names = _elements(_content(extension)) if extension is not None else ()
    return [content.decode("latin-1").lower() for tag, content, _ in names if tag == _DNS_NAME]


def links_to_issuer(certificate: bytes) -> bool:
    """Whether it says where its issuer's certificate is found (RFC 5280 section 4.2.2.1), as public authorities do."""
    extension = _extension(certificate, _AUTHORITY_INFORMATION)
    return extension is not None and _CA_ISSUERS in extension


def issuer_of(certificate: bytes) -> bytes:
    """The name of the issuer, in DER: the same bytes as `subject_name_of` its certificate."""
    return _fields(certificate)[2]


def subject_name_of(certificate: bytes) -> bytes:
    return _fields(certificate)[4]


def _fields(certificate: bytes) -> list[bytes]:
    """serialNumber, signature, issuer, validity, subject ... (RFC 5280 section 4.1)"""
    _, to_be_signed, _ = next(_elements(_content(certificate)))
    return [content for tag, content, _ in _elements(to_be_signed) if tag != _VERSION]


def _extension(certificate: bytes, kind: bytes) -> bytes | None:
    """The value of an extension (RFC 5280 section 4.1), None without it. kind: its OID, encoded."""
    _, to_be_signed, _ = next(_elements(_content(certificate)))
    for tag, content, _ in _elements(to_be_signed):
        for _, extension, _ in _elements(_content(content)) if tag == _EXTENSIONS else ():
            oid, *_, value = [each for _, each, _ in _elements(extension)]
            if oid == kind:
                return value
    return None


def _content(element: bytes) -> bytes:
    ((_, content, _),) = _elements(element)
    return content


def _attribute(content: bytes) -> str:
    (_, oid, _), (tag, value, whole) = _elements(content)
    kind = _dotted(oid)
    if kind in _NAMES and tag in _TEXT:
        return f"{_NAMES[kind]}={_escape(value.decode(_TEXT[tag], 'replace'))}"
    return f"{_NAMES.get(kind, kind)}=#{whole.hex()}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return f"\\{character}" if character.isprintable() else f"\\{ord(character):02X}"


def _dotted(oid: bytes) -> str:
    """X.690 section 8.19: base 128, the first two numbers in one."""
    numbers, number = [], 0
    for byte in oid:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def _elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, content, the whole element) of each element of a DER sequence's content (X.690 section 8.1)."""
    start = 0
    while start < len(data):
        tag, size, at = data[start], data[start + 1], start + 2
        if size >= 0x80:
            at += size & 0x7F
            size = int.from_bytes(data[start + 2 : at], "big")
        yield tag, data[at : at + size], data[start : at + size]
        start = at + size
