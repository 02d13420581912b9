"""TLS as the settings ask for it: the context, or one sentence that says why there is none; and what the application
is told of a secured connection (ASGI TLS extension 0.2).

    load_tls        at start-up: the options `ssl_*` -> Tls
    Tls.extension   per connection: what was agreed and shown in the handshake -> `scope["extensions"]["tls"]`
"""

from __future__ import annotations

import logging
import math
import os
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

from webfoot.server.net.x509 import expiry_of, subject_of
from webfoot.server.settings.table import OptionError

if TYPE_CHECKING:
    from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")

ALPN: Final = ("http/1.1",)
"""What we speak over TLS (RFC 7301), the preferred one first; `choose` obeys what was selected."""

_VERSIONS: Final = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
_DER_SEQUENCE: Final = 0x30
_LONGEST_PASSWORD: Final = 1024  # OpenSSL's; Python refuses a longer one


class Extension(dict[str, Any]):
    """The value of `scope["extensions"]["tls"]`. A copy shares nothing with it."""

    def copy(self) -> dict[str, Any]:
        return {**self, "client_cert_chain": [*self["client_cert_chain"]]}


class Tls:
    """The TLS of one worker's listening sockets.

    certificate: the one that clients are shown, as PEM; None if a factory made a context of its own.
    """

    def __init__(self, context: ssl.SSLContext, certificate: str | None) -> None:
        self.context = context
        self.certificate = certificate
        # OpenSSL's names, and numbers whose lower half is IANA's (RFC 8446 appendix B.4).
        self._suites = {each["name"]: each["id"] & 0xFFFF for each in context.get_ciphers()}

    def extension(self, tls: ssl.SSLObject) -> Extension:
        """What ASGI's TLS extension says of a connection whose handshake is complete.

        A client certificate that does not verify ends the handshake, so `client_cert_error` is always None.
        """
        chain = _chain_of(tls)
        cipher = tls.cipher()
        return Extension(
            server_cert=self.certificate,
            client_cert_chain=[ssl.DER_cert_to_PEM_cert(each) for each in chain],
            client_cert_name=subject_of(chain[0]) if chain else None,
            client_cert_error=None,
            tls_version=_VERSIONS.get(tls.version() or ""),
            cipher_suite=self._suites.get(cipher[0]) if cipher is not None else None,
        )


def _chain_of(tls: ssl.SSLObject) -> list[bytes]:
    """The client's certificate and those it sent along, in DER, each signed by the next one; empty without one.

    A client may send certificates that do not belong there, in any order (RFC 8446 section 4.4.2): what was verified
    has the order, what was sent has the bounds. A resumed session remembers the client's own certificate only.
    """
    own = tls.getpeercert(binary_form=True)
    if own is None:
        return []
    sent = set(_certificates(tls, "get_unverified_chain"))
    return [own, *(each for each in _certificates(tls, "get_verified_chain")[1:] if each in sent)]


def _certificates(tls: ssl.SSLObject, method: str) -> list[bytes]:
    if hasattr(tls, method):  # from Python 3.13 on
        return list(getattr(tls, method)())
    inner = getattr(tls, "_sslobj", None)  # before, ssl can do it but does not say so
    found = getattr(inner, method)() if hasattr(inner, method) else None
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in found or ()]


def load_tls(options: ServerOptions) -> Tls | None:
    """What the options `ssl_*` ask for; None without TLS. Raises OptionError."""
    if options.ssl_context_factory is None:
        return _own_tls(options) if options.ssl_certfile is not None else None
    made: list[Tls] = []

    def default() -> ssl.SSLContext:
        made.append(_own_tls(options))
        return made[-1].context

    try:
        context = options.ssl_context_factory(options, default)
    except OptionError:
        raise
    except Exception as error:
        raise OptionError(f"the option ssl_context_factory failed with {type(error).__name__}: {error}") from error
    if not isinstance(context, ssl.SSLContext):
        raise OptionError(f"the option ssl_context_factory gave back a {type(context).__name__}, not an ssl.SSLContext")
    return next((tls for tls in made if tls.context is context), None) or Tls(context, None)


def check_tls(options: ServerOptions) -> None:
    """Try what the options ask for, and warn of what can be done but is hardly meant. Raises OptionError."""
    tls = load_tls(options)
    if tls is None:
        return
    end = expiry_of(ssl.PEM_cert_to_DER_cert(tls.certificate)) if tls.certificate is not None else math.inf
    if end <= time.time():
        day = time.strftime("%Y-%m-%d", time.gmtime(end))
        log.warning("the certificate in %s expired on %s; clients will refuse it", options.ssl_certfile, day)
    if options.ssl_ca_certs is not None and tls.context.verify_mode == ssl.CERT_NONE:
        log.warning("ssl_ca_certs is given, but ssl_cert_reqs = 0 does not ask clients for certificates")


def _own_tls(options: ServerOptions) -> Tls:
    if options.ssl_certfile is None:
        raise OptionError("the option ssl_context_factory asked for the default context, which needs ssl_certfile")
    # TLS 1.2 and newer (RFC 8996), no compression, our order of ciphers: Python's defaults for a server.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a TLS 1.2 client could otherwise make us compute without end
    context.set_alpn_protocols(ALPN)
    certificate = _load_certificate(context, options)
    if options.ssl_ca_certs is not None:
        _load_authorities(context, os.fspath(options.ssl_ca_certs))
    context.verify_mode = ssl.VerifyMode(options.ssl_cert_reqs)
    if options.ssl_ciphers is not None:
        _set_ciphers(context, options.ssl_ciphers)
    return Tls(context, certificate)


def _load_certificate(context: ssl.SSLContext, options: ServerOptions) -> str:
    """Put certificate and key into the context; gives back the certificate as PEM."""
    assert options.ssl_certfile is not None
    certfile = os.fspath(options.ssl_certfile)
    text = _read("ssl_certfile", certfile)
    certificate = _first_certificate("ssl_certfile", certfile, text)
    if options.ssl_keyfile is not None:
        keyfile, option = os.fspath(options.ssl_keyfile), "ssl_keyfile"
        text = _read(option, keyfile)
    else:
        keyfile, option = certfile, "ssl_certfile"
    if "PRIVATE KEY-----" not in text:
        if option == "ssl_certfile":
            raise OptionError(f"the option ssl_keyfile is missing: {certfile} holds no private key")
        raise OptionError(f"the option ssl_keyfile cannot be {keyfile}: it holds no private key in PEM form")
    _load_key(context, certfile, keyfile, option, options.ssl_keyfile_password)
    return certificate


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


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    _first_certificate("ssl_ca_certs", path, _read("ssl_ca_certs", path))
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise OptionError(f"the option ssl_ca_certs cannot be {path}: OpenSSL says {_words(error)}") from None


def _set_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        raise OptionError(f"the option ssl_ciphers cannot be {ciphers!r}: OpenSSL knows no such cipher") from None


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
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    _, found, rest = text.partition(begin)
    inner, ended, _ = rest.partition(end)
    if not found or not ended:
        raise OptionError(f"the option {option} cannot be {path}: it holds no certificate in PEM form")
    try:
        pem = ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(f"{begin}\n{inner}{end}\n"))
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise OptionError(f"the option {option} cannot be {path}: its first certificate is damaged") from None
    return pem


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "it cannot be read").replace("_", " ").lower()
