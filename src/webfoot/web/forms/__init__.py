"""HTML forms in a request's body: urlencoded and multipart/form-data."""

from webfoot.web.forms.errors import MultiPartException
from webfoot.web.forms.reading import FormOpening, read_form

__all__ = ["FormOpening", "MultiPartException", "read_form"]
