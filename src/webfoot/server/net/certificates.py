"""The PEM files that the options `ssl_*` name, tried before OpenSSL sees them: each mistake is one sentence."""

from __future__ import annotations

import os
import ssl
from typing import Final

from webfoot.server.settings.table import OptionError

_DER_SEQUENCE: Final = 0x30
_LONGEST_PASSWORD: Final = 1024  # OpenSSL's; Python refuses a longer one
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def load_pair(
    context: ssl.SSLContext, option: str, certfile: str, keyfile: str | None, password: str | None
) -> list[str]:
    """Put certificate and key into the context; gives back the certificates of the file as PEM, the server's own first.

    option: the one that names the files. Without `keyfile` the key stands beside the certificate. Raises OptionError.
    """
    key_option = "ssl_keyfile" if option == "ssl_certfile" and keyfile is not None else option
    text = _read(option, certfile)
    certificates = [_first_certificate(option, certfile, text), *_further_certificates(text)]
    if keyfile is not None:
        text = _read(key_option, keyfile)
    if "PRIVATE KEY-----" not in text:
        if keyfile is not None:
            raise OptionError(f"the option {key_option} cannot be {keyfile}: it holds no private key in PEM form")
        if option == "ssl_certfile":
            raise OptionError(f"the option ssl_keyfile is missing: {certfile} holds no private key")
        raise OptionError(f"the option {option} has no key for {certfile}: write CERTFILE:KEYFILE")
    _load_key(context, certfile, keyfile or certfile, key_option, password)
    return certificates


def _load_key(context: ssl.SSLContext, certfile: str, keyfile: str, option: str, password: str | None) -> None:
    asked = False

    def answer() -> str:
        nonlocal asked
        asked = True
        if password is None:  # OpenSSL would ask on the terminal, which in a service hangs
            raise OptionError(f"the option ssl_keyfile_password is missing: the key in {keyfile} is encrypted")
        return password

    if password is not None and len(password.encode()) > _LONGEST_PASSWORD:
        raise OptionError(f"the option ssl_keyfile_password is longer than {_LONGEST_PASSWORD} bytes")
    try:
        context.load_cert_chain(certfile, keyfile, password=answer)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise OptionError(f"the key in {keyfile} does not belong to the certificate in {certfile}") from None
        if asked:
            raise OptionError(f"the option ssl_keyfile_password does not open the key in {keyfile}") from None
        raise OptionError(f"the option {option} cannot be {keyfile}: OpenSSL says {_words(error)}") from None
    except OSError as error:  # it has gone since we read it
        raise OptionError(f"the option {option} cannot be {keyfile}: {_reason(error)}") from None


def load_authorities(context: ssl.SSLContext, path: str) -> None:
    """Whose signatures count on certificates of clients. Raises OptionError."""
    _first_certificate("ssl_ca_certs", path, _read("ssl_ca_certs", path))
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise OptionError(f"the option ssl_ca_certs cannot be {path}: OpenSSL says {_words(error)}") from None
    except OSError as error:
        raise OptionError(f"the option ssl_ca_certs cannot be {path}: {_reason(error)}") from None


def _read(option: str, path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise OptionError(f"the option {option} cannot be {path}: {_reason(error)}") from None
    if content[:1] and content[0] == _DER_SEQUENCE:
        raise OptionError(
            f"the option {option} cannot be {path}: it is in DER form, and PEM is needed "
            "(openssl x509 or openssl pkey with -inform der converts it)"
        )
    return content.decode("latin-1")  # around the blocks of PEM there may be text in any encoding


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "this user may not read it"
    return os.strerror(error.errno or 0).lower()


def _first_certificate(option: str, path: str, text: str) -> str:
    _, found, rest = text.partition(_BEGIN)
    inner, ended, _ = rest.partition(_END)
    if not found or not ended:
        raise OptionError(f"the option {option} cannot be {path}: it holds no certificate in PEM form")
    try:
        pem = ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(f"{_BEGIN}\n{inner}{_END}\n"))
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise OptionError(f"the option {option} cannot be {path}: its first certificate is damaged") from None
    return pem


def _further_certificates(text: str) -> list[str]:
    """Those behind the first one, as they stand there: OpenSSL will say what is wrong with them."""
    blocks = text.split(_BEGIN)[2:]
    return [f"{_BEGIN}{inner}{_END}\n" for inner, ended, _ in (each.partition(_END) for each in blocks) if ended]


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "it cannot be read").replace("_", " ").lower()
