"""A saved journey in a form that other programs read; `FORMS` lists them.

curl         the request as a command
pytest_case  the request and what was answered as a test
har          HTTP Archive 1.2, for browsers' developer tools
otlp         OpenTelemetry's spans as OTLP/JSON
forms        what there is to choose from
"""

from webfoot.journey.export.forms import FORMS, Form

__all__ = ["FORMS", "Form"]
