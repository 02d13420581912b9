"""The security schemes, under a short name: `from webfoot.security import OAuth2PasswordBearer`."""

from webfoot.api import security as _schemes
from webfoot.api.security import *  # noqa: F403 - all that is public there

__all__ = _schemes.__all__
