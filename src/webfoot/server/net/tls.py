"""TLS as the settings ask for it: the context, or one sentence that says why there is none; and what the application
is told of a secured connection (ASGI TLS extension 0.2).

    load_tls        at start-up: the options `ssl_*` -> Tls
    Tls.warn        of what clients will find wrong
    Tls.extension   per connection: what was agreed and shown in the handshake -> `scope["extensions"]["tls"]`
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webfoot.server.net.certificates import load_authorities, load_pair
from webfoot.server.net.chains import warn_of
from webfoot.server.net.naming import Naming, expect_odd_names
from webfoot.server.net.x509 import names_of, subject_of
from webfoot.server.settings.table import OptionError

if TYPE_CHECKING:
    from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")

ALPN: Final = ("http/1.1",)
"""What we speak over TLS (RFC 7301), the preferred one first; `choose` obeys what was selected."""

_VERSIONS: Final = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class Extension(dict[str, Any]):
    """The value of `scope["extensions"]["tls"]`. A copy shares nothing with it."""

    def copy(self) -> dict[str, Any]:
        return {**self, "client_cert_chain": [*self["client_cert_chain"]]}


@dataclass(frozen=True, slots=True)
class Certified:
    """A context with the certificate that it shows. path: of the file. chain: what is in it as PEM, our own first."""

    context: ssl.SSLContext
    path: str
    chain: list[str]


class Tls:
    """The TLS of one worker's listening sockets.

    context: what connections begin with. certified: all that a client may be shown; empty if a factory made a context
    of its own.
    """

    def __init__(self, context: ssl.SSLContext, certified: Sequence[Certified] = ()) -> None:
        self.context = context
        self._certified = certified
        self._certificates = {each.context: each.chain[0] for each in certified}
        # OpenSSL's names, and numbers whose lower half is IANA's (RFC 8446 appendix B.4).
        self._suites = {each["name"]: each["id"] & 0xFFFF for each in context.get_ciphers()}

    def warn(self) -> None:
        """Say what clients will find wrong."""
        for each in self._certified:
            warn_of(each.path, each.chain)

    def extension(self, tls: ssl.SSLObject) -> Extension:
        """What ASGI's TLS extension says of a connection whose handshake is complete.

        A client certificate that does not verify ends the handshake, so `client_cert_error` is always None.
        """
        chain = _chain_of(tls)
        cipher = tls.cipher()
        return Extension(
            server_cert=self._certificates.get(tls.context),
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
    return next((tls for tls in made if tls.context is context), None) or Tls(context)


def check_tls(options: ServerOptions) -> None:
    """Try what the options ask for, and warn of what can be done but is hardly meant. Raises OptionError."""
    tls = load_tls(options)
    if tls is None:
        return
    tls.warn()
    if options.ssl_ca_certs is not None and tls.context.verify_mode == ssl.CERT_NONE:
        log.warning("ssl_ca_certs is given, but ssl_cert_reqs = 0 does not ask clients for certificates")


def _own_tls(options: ServerOptions) -> Tls:
    if options.ssl_certfile is None:
        raise OptionError("the option ssl_context_factory asked for the default context, which needs ssl_certfile")
    keyfile = os.fspath(options.ssl_keyfile) if options.ssl_keyfile is not None else None
    default = _certified(options, "ssl_certfile", os.fspath(options.ssl_certfile), keyfile)
    others = [_certified(options, "ssl_sni", *pair) for pair in options.ssl_sni]
    if others or options.ssl_unknown_name == "refuse":
        default.context.sni_callback = _naming(default, others, options.ssl_unknown_name == "refuse")
        expect_odd_names()
    return Tls(default.context, [default, *others])


def _naming(default: Certified, others: list[Certified], strict: bool) -> Naming:
    naming = Naming(default.context, strict)
    for each in (default, *others):
        own = ssl.PEM_cert_to_DER_cert(each.chain[0])
        if each is not default and not names_of(own):
            raise OptionError(f"the option ssl_sni cannot be {each.path}: the certificate names no host")
        naming.add(each.context, own)
    return naming


def _certified(options: ServerOptions, option: str, certfile: str, keyfile: str | None) -> Certified:
    # TLS 1.2 and newer (RFC 8996), no compression, our order of ciphers: Python's defaults for a server.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a TLS 1.2 client could otherwise make us compute without end
    context.set_alpn_protocols(ALPN)
    chain = load_pair(context, option, certfile, keyfile, options.ssl_keyfile_password)
    if options.ssl_ca_certs is not None:
        load_authorities(context, os.fspath(options.ssl_ca_certs))
    context.verify_mode = ssl.VerifyMode(options.ssl_cert_reqs)
    if options.ssl_ciphers is not None:
        _set_ciphers(context, options.ssl_ciphers)
    return Certified(context, certfile, chain)


def _set_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        raise OptionError(f"the option ssl_ciphers cannot be {ciphers!r}: OpenSSL knows no such cipher") from None
