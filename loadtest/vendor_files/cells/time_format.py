"""Which formats of time a mapping may name."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WORDS = ("iso", "epoch_s", "epoch_ms")
_PARTS = re.compile(r"%(.)")
_DATE = {"Y", "m", "d"}
_KNOWN = _DATE | {"H", "M", "S", "f"}


def wrong_parts(text: str) -> list[str]:
    """What is wrong with a format; empty when it can be used."""
    if text in WORDS:
        return []
    parts = _PARTS.findall(text)
    wrong = [f"%{part}" for part in parts if part not in _KNOWN or parts.count(part) > 1]
    missing = sorted(_DATE - set(parts))
    return wrong + [f"%{part} missing 缺少" for part in missing]


def known_zone(name: str) -> bool:
    """Whether the zone database has it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
