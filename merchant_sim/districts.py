"""The twelve township-level districts of Guanghan, with made-up centres and weights.

Codes and names are the public statistics codes. Positions are rough and simulated: good enough to draw
shops and homes on a map of the right shape, never to find a place.
"""

from dataclasses import dataclass

CITY_CODE = "510681"
CITY_LATITUDE_RANGE = (30.75, 31.20)
CITY_LONGITUDE_RANGE = (104.05, 104.55)


@dataclass(frozen=True, slots=True)
class District:
    """One street office or town. Shares are weights among the twelve; each column adds up to about one."""

    code: str
    name: str
    latitude: float
    longitude: float
    resident_share: float
    merchant_share: float


DISTRICTS: tuple[District, ...] = (
    District("510681001", "雒城街道", 30.980, 104.280, 0.20, 0.245),
    District("510681002", "汉州街道", 30.965, 104.300, 0.16, 0.195),
    District("510681003", "金雁街道", 30.992, 104.292, 0.13, 0.150),
    District("510681101", "三水镇", 30.872, 104.335, 0.08, 0.055),
    District("510681102", "连山镇", 30.915, 104.410, 0.07, 0.040),
    District("510681103", "高坪镇", 31.020, 104.375, 0.05, 0.030),
    District("510681105", "向阳镇", 30.925, 104.215, 0.07, 0.070),
    District("510681106", "小汉镇", 31.050, 104.325, 0.06, 0.060),
    District("510681107", "金轮镇", 31.055, 104.255, 0.04, 0.025),
    District("510681114", "金鱼镇", 31.005, 104.170, 0.04, 0.030),
    District("510681116", "南丰镇", 31.035, 104.215, 0.04, 0.025),
    District("510681117", "三星堆镇", 30.995, 104.210, 0.06, 0.075),
)
DISTRICTS_BY_CODE: dict[str, District] = {district.code: district for district in DISTRICTS}


def within_city(latitude: float, longitude: float) -> bool:
    """Tell whether a position lies in the box that holds the whole city."""
    south, north = CITY_LATITUDE_RANGE
    west, east = CITY_LONGITUDE_RANGE
    return south <= latitude <= north and west <= longitude <= east
