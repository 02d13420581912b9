"""The values that requests and responses are made of."""

from webfoot.web.datastructures.headers import Headers, MutableHeaders
from webfoot.web.datastructures.multidict import ImmutableMultiDict, MultiDict
from webfoot.web.datastructures.query import QueryParams
from webfoot.web.datastructures.settings import CommaSeparatedStrings, Secret
from webfoot.web.datastructures.state import State
from webfoot.web.datastructures.uploads import FormData, UploadFile
from webfoot.web.datastructures.url import URL, Address, URLPath

__all__ = [
    "URL",
    "Address",
    "CommaSeparatedStrings",
    "FormData",
    "Headers",
    "ImmutableMultiDict",
    "MultiDict",
    "MutableHeaders",
    "QueryParams",
    "Secret",
    "State",
    "URLPath",
    "UploadFile",
]
