"""Members of JSON, headers and forms whose names tell that their values are secret or personal, and their masks."""

import re
from collections.abc import Callable

from loadtest.bundle.personal_numbers import mask_card, mask_id_number, mask_phone

HIDDEN = "[已隐去]"
Mask = Callable[[str], str]


def hide(value: str) -> str:
    """A secret leaves nothing but a mark; an empty one stays empty, since its absence is evidence."""
    return HIDDEN if value else value


_PREFIX = r"(?:[a-z0-9]+[_-])*"
_KEY_NAMES = r"(?:api|private|access)[_-]?key"
_KINDS: tuple[tuple[str, Mask], ...] = (
    (
        rf"{_PREFIX}(?:access|refresh|auth|id)?(?:tokens?|passwords?|passwd|pwd|secrets?|{_KEY_NAMES}|credentials?|jwt)",
        hide,
    ),
    (
        r"(?:proxy[_-])?authorization|(?:set[_-])?cookie|session[_-]?id",
        hide,
    ),
    (rf"{_PREFIX}(?:phones?|phone_?(?:no|number)|mobile|tel)|手机号?码?|联系?电话", mask_phone),
    (
        rf"{_PREFIX}(?:id_?(?:card_?)?(?:no|number)|id_?card|cert(?:ificate)?_?no|identity_?no)|身份证号?码?|证件号码?",
        mask_id_number,
    ),
    (rf"{_PREFIX}(?:cards?|card_?(?:no|number)|pan)|银行卡号?|卡号", mask_card),
)
NAMES = tuple((re.compile(rf"(?:{name})\Z", re.IGNORECASE), mask) for name, mask in _KINDS)

# "name": "value" or "name": 123 in JSON; also JSON within a JSON string, where every quote is escaped. A text ends at
# the first quote of its own depth, so a value that ends in a backslash takes too much rather than too little.
MEMBERS = tuple(
    (
        re.compile(
            rf'(?P<head>(?P<q>(?<!\\)\\*")(?:{name})(?P=q)\s*:\s*)'
            r"(?:(?P=q)(?P<text>.*?)(?<!\\)(?P=q)|(?P<number>-?\d[\d.]*))",
            re.IGNORECASE | re.DOTALL,
        ),
        mask,
    )
    for name, mask in _KINDS
)
FIELDS = tuple(
    (re.compile(rf"(?P<head>(?:^|[?&;\s])(?:{name})=)(?P<text>[^&\s;\"'$]+)", re.IGNORECASE), mask)
    for name, mask in _KINDS
)
