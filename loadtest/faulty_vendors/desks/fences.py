"""Distance on the ground, for batches that are given out in one place only."""

from math import atan2, cos, radians, sin, sqrt

_EARTH_M = 6_371_000.0


def metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the haversine formula, well within the one percent the contract allows."""
    north, other_north = radians(latitude), radians(other_latitude)
    up, across = (other_north - north) / 2, radians(other_longitude - longitude) / 2
    half_chord = sin(up) ** 2 + cos(north) * cos(other_north) * sin(across) ** 2
    return 2 * _EARTH_M * atan2(sqrt(half_chord), sqrt(max(0.0, 1 - half_chord)))
