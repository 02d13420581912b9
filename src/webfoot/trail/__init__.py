"""Floor 2, the seam: where is this request now? Costs nothing measurable while nobody watches."""

from webfoot.trail.stations import STATIONS, Station, StationName
from webfoot.trail.trail import TRAIL_KEY, Trail, Watcher, closely, is_thorough, trail_of

__all__ = ["STATIONS", "TRAIL_KEY", "Station", "StationName", "Trail", "Watcher", "closely", "is_thorough", "trail_of"]
