"""Merchants and their tills. Every name says 模拟 (simulated).

A credit code's places 3 to 8 name the registering authority's region; these firms have 999999 there, which
no authority has. All check characters are right, so a platform that checks them accepts the code.
"""

import random
from dataclasses import dataclass

from merchant_sim.check_digits import organisation_check_character, uscc_check_character
from merchant_sim.districts import DISTRICTS, District
from merchant_sim.industries import INDUSTRIES, Industry
from merchant_sim.streams import nearby, stream

USCC_REGION_CODE = "999999"
SIZE_CLASSES = ("限上商贸", "规上服务", "限下样本", "限下其他")
ADMITTED_SIZE_CLASSES = frozenset({"限上商贸", "规上服务", "限下样本"})
MAX_MERCHANTS = 50_000

_SHOP_RADIUS_DEG = 0.009
_TILL_RADIUS_DEG = 0.0002  # about twenty metres
_TILL_COUNTS = (1, 2, 3, 4)
_TILL_WEIGHTS = (46, 30, 15, 9)
_FIRST_SYLLABLES = "金锦川蜀鸭雒汉三星锦瑞祥福和顺兴隆恒泰佳美乐悦康宁春秋云"
_SECOND_SYLLABLES = "源盛达丰华江河城湖月辉荣昌旺安居客家苑园缘味香坊泉林峰"


@dataclass(frozen=True, slots=True)
class Till:
    """One terminal and where it stands, in degrees WGS 84."""

    terminal: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Merchant:
    """One physical shop. `industry` is an `Industry.key`; `size_class` one of SIZE_CLASSES."""

    merchant_no: int
    uscc: str
    name: str
    district: str
    district_name: str
    industry: str
    industry_name: str
    industry_code: str
    size_class: str
    address: str
    latitude: float
    longitude: float
    tills: tuple[Till, ...]

    @property
    def admitted(self) -> bool:
        """Whether the size class lets this merchant take part (限上商贸, 规上服务 or 限下样本)."""
        return self.size_class in ADMITTED_SIZE_CLASSES


def build_merchants(
    seed: int, count: int, *, part: str = "merchants", first_no: int = 1, admitted_only: bool = False
) -> tuple[Merchant, ...]:
    """Return `count` merchants spread over districts and industries.

    `part` names the random stream and `first_no` the first number, so that another lot of firms made with
    the same seed is different from the first and shares no code or till with it.
    Raises ValueError when the numbers do not fit.
    """
    if not (0 <= count <= MAX_MERCHANTS and first_no >= 0 and first_no + count <= 10 * MAX_MERCHANTS):
        raise ValueError(f"count must be between 0 and {MAX_MERCHANTS}, not {count}")
    rng = stream(seed, part)
    cells = _cells(rng, count)
    rng.shuffle(cells)
    return tuple(
        _merchant(rng, first_no + index, district, industry, admitted_only)
        for index, (district, industry) in enumerate(cells)
    )


def _cells(rng: random.Random, count: int) -> list[tuple[District, Industry]]:
    """Share `count` shops among the 84 cells by largest remainder.

    Drawing each shop's cell by itself would leave the big cells to luck; this way the town centre always has
    its restaurants, while the smallest cells of the map stay empty, as they are in any real town.
    """
    weighted = [
        (district.merchant_share * industry.merchant_share * rng.uniform(0.7, 1.3), district, industry)
        for district in DISTRICTS
        for industry in INDUSTRIES
    ]
    total = sum(weight for weight, _, _ in weighted)
    exact = [weight * count / total for weight, _, _ in weighted]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda cell: (counts[cell] - exact[cell], cell))
    for cell in by_remainder[: count - sum(counts)]:
        counts[cell] += 1
    return [weighted[cell][1:] for cell, shops in enumerate(counts) for _ in range(shops)]


def _merchant(
    rng: random.Random, merchant_no: int, district: District, industry: Industry, admitted_only: bool
) -> Merchant:
    code = rng.choice(industry.codes)
    size_class = _size_class(rng, code in industry.service_codes, admitted_only)
    latitude, longitude = nearby(rng, district.latitude, district.longitude, _SHOP_RADIUS_DEG)
    return Merchant(
        merchant_no=merchant_no,
        uscc=_uscc(rng, merchant_no, size_class),
        name=_name(rng, merchant_no, district, industry),
        district=district.code,
        district_name=district.name,
        industry=industry.key,
        industry_name=industry.name,
        industry_code=code,
        size_class=size_class,
        address=f"四川省德阳市广汉市{district.name}模拟路{rng.randrange(1, 400)}号",
        latitude=latitude,
        longitude=longitude,
        tills=_tills(rng, merchant_no, latitude, longitude),
    )


def _size_class(rng: random.Random, is_service: bool, admitted_only: bool) -> str:
    """Draw a size class; services above the threshold are counted as 规上服务, trade as 限上商贸."""
    above = "规上服务" if is_service else "限上商贸"
    weights = (44, 50, 0 if admitted_only else 6)
    return rng.choices((above, "限下样本", "限下其他"), weights)[0]


def _uscc(rng: random.Random, merchant_no: int, size_class: str) -> str:
    """Market regulator (9), company (1) or sole trader (2), impossible region, organisation code, check."""
    kind = "1" if size_class in {"限上商贸", "规上服务"} else rng.choice("12")
    organisation = f"{merchant_no:06d}{rng.randrange(100):02d}"
    body = f"9{kind}{USCC_REGION_CODE}{organisation}{organisation_check_character(organisation)}"
    return body + uscc_check_character(body)


def _name(rng: random.Random, merchant_no: int, district: District, industry: Industry) -> str:
    """Name a shop; its number at the end keeps names apart."""
    trade_name = rng.choice(_FIRST_SYLLABLES) + rng.choice(_SECOND_SYLLABLES)
    place = district.name.removesuffix("街道").removesuffix("镇")
    return f"模拟{place}{trade_name}{rng.choice(industry.shop_words)}{merchant_no:03d}"


def _tills(rng: random.Random, merchant_no: int, latitude: float, longitude: float) -> tuple[Till, ...]:
    count = rng.choices(_TILL_COUNTS, _TILL_WEIGHTS)[0]
    return tuple(
        Till(f"SIM{merchant_no:06d}{number:02d}", *nearby(rng, latitude, longitude, _TILL_RADIUS_DEG))
        for number in range(1, count + 1)
    )
