"""What clients will find wrong with certificates that OpenSSL takes: said at start-up, as warnings."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Sequence

from webfoot.server.net.x509 import expiry_of, issuer_of, links_to_issuer, subject_name_of

log = logging.getLogger("webfoot")


def warn_of(path: str, certificates: Sequence[str]) -> None:
    """`certificates`: those of the file `path` as PEM, the server's own first."""
    own, *others = [ssl.PEM_cert_to_DER_cert(each) for each in certificates]
    end = expiry_of(own)
    if end <= time.time():
        day = time.strftime("%Y-%m-%d", time.gmtime(end))
        log.warning("the certificate in %s expired on %s; clients will refuse it", path, day)
    if issuer_of(own) in map(subject_name_of, (own, *others)):
        return
    if others:
        log.warning("no other certificate in %s has signed the first one; clients will look for the one that has", path)
    elif links_to_issuer(own):  # certificates of private authorities do not, and their clients know the signer
        log.warning("%s lacks the intermediate certificate; most clients will refuse it: use the full chain", path)
