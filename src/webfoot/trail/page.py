"""Where journeys are shown, below the path of the application."""

from typing import Final

PLACE: Final = "/__webfoot__"
