"""Telemetry by OpenTelemetry: `Webfoot(telemetry={...})` takes a `TelemetryConfig`; `get_telemetry_data()` is for
processors."""

from webfoot.api.telemetry.config import TelemetryConfig
from webfoot.api.telemetry.data import TelemetryData, get_telemetry_data

__all__ = ["TelemetryConfig", "TelemetryData", "get_telemetry_data"]
