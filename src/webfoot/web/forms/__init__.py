"""HTML forms in a request's body: urlencoded and multipart/form-data."""

from webfoot.web.forms.errors import MultiPartException
from webfoot.web.forms.multipart import MultiPartParser
from webfoot.web.forms.parts import Part, Parts
from webfoot.web.forms.reading import FormOpening, read_form
from webfoot.web.forms.urlencoded import FormParser

__all__ = ["FormOpening", "FormParser", "MultiPartException", "MultiPartParser", "Part", "Parts", "read_form"]
