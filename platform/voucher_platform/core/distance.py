"""How far it is from one place to another."""

from math import asin, cos, radians, sin, sqrt

from voucher_contract.models.campaigns import ClaimArea
from voucher_contract.models.common import Position

_EARTH_RADIUS_M = 6_371_008.8
Place = ClaimArea | Position


def metres_between(one: Place, other: Place) -> float:
    """Great-circle distance in metres (haversine, mean radius of the earth 6,371,008.8 m)."""
    south, north = radians(one.latitude), radians(other.latitude)
    across = sin(radians(other.longitude - one.longitude) / 2) ** 2
    chord = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * across
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))
