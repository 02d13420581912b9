"""The charset in which a form is read: the one that its sender names, if that is known to be harmless."""

from __future__ import annotations

from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Final

LATIN_1: Final = "latin-1"

# Python would look for a module of any name that it is asked for, and remember for ever that there is none. And some of
# its codecs are none for text, or take quadratic time (punycode and idna: minutes for a field of 1 MiB).
_CHARSETS: Final = (
    frozenset(aliases.values())
    - {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "mbcs", "utf_7"}
) | {"cp1006", "cp720", "cp737", "cp856", "cp874", "cp875", "koi8_t", "koi8_u", "utf_8_sig"}


def form_charset(name: bytes) -> str:
    """A name for `bytes.decode`: latin-1, which takes any byte, for what is unknown or refused."""
    key = normalize_encoding(name.decode("latin-1")).lower()
    known = aliases.get(key, key)
    return known if known in _CHARSETS else LATIN_1
