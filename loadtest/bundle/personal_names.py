"""Members of JSON, headers and forms whose names tell that their values are secret or personal, and their masks."""

import re
from collections.abc import Callable
from functools import lru_cache

from loadtest.bundle.personal_numbers import mask_card, mask_id_number, mask_phone

HIDDEN = "[已隐去]"
Mask = Callable[[str], str]
_SHORTEST_NUMBER = 6


def hide(value: str) -> str:
    """A secret leaves nothing but a mark. An empty one stays, since its absence is evidence; so does a short number,
    which is a status or a count under a name such as ``missing_token``.
    """
    return value if not value or (value.isdigit() and len(value) < _SHORTEST_NUMBER) else HIDDEN


# The end of a name decides: `access_token`, `X-Api-Key`, `payer_phone`, `bank_card`.
_KINDS: tuple[tuple[re.Pattern[str], Mask], ...] = tuple(
    (re.compile(rf"(?:.*[_-])?(?:{ending})\Z", re.IGNORECASE), mask)
    for ending, mask in (
        (r"(?:access|refresh|auth|id)?tokens?|passwords?|passwd|pwd|secrets?|credentials?|jwt", hide),
        (r"(?:api|private|access)[_-]?key|authorization|cookie|session[_-]?id|密码|口令|令牌", hide),
        (r"phones?|phone_?(?:no|number)|mobile|tel|手机号?码?|联系?电话", mask_phone),
        (
            r"id_?(?:card_?)?(?:no|number)|id_?card|cert(?:ificate)?_?no|identity_?no|身份证号?码?|证件号码?",
            mask_id_number,
        ),
        (r"cards?|card_?(?:no|number)|pan|银行卡号?|卡号", mask_card),
    )
)


@lru_cache(maxsize=10_000)
def mask_of(name: str) -> Mask | None:
    """How values of that name are masked; None: they are not."""
    return next((mask for pattern, mask in _KINDS if pattern.match(name)), None)


# "name": in JSON, at any depth of JSON within JSON strings: `q` is the quote with its backslashes.
_HEAD = re.compile(r'(?P<q>(?<!\\)\\*")(?P<name>[\w-]{2,60})(?P=q)\s*:\s*')
_NUMBER = re.compile(r"-?\d[\d.]*")
_FIELD = re.compile(r"(?:^|(?<=[?&;\s]))(?P<name>[\w-]{2,60})=(?P<value>[^&\s;\"'$]+)")


def mask_members(text: str, put: Callable[[str, str], str]) -> str:
    """Mask the values of telling members of all JSON in a text, keeping its layout.

    ``put(old, masked)`` gives what stands in place of ``old``. A text value ends at the first quote of its own depth,
    so one that ends in a backslash takes too much rather than too little.
    """
    pieces, done = [], 0
    for head in _HEAD.finditer(text):
        mask = mask_of(head["name"])
        if mask is None or head.start() < done:
            continue
        start, end, quoted = _value_after(text, head)
        old = text[start:end]
        masked = mask(old)
        if masked != old:
            # Asterisks are no number: a masked number becomes a text.
            new = put(old, masked) if quoted else f"{head['q']}{put(old, masked)}{head['q']}"
            pieces += [text[done:start], new]
            done = end
    return "".join([*pieces, text[done:]])


def holds_list(text: str) -> bool:
    """Whether a telling name has a list or an object for a value, which ``mask_members`` passes by."""
    return any(
        mask_of(head["name"]) and text[head.end() : head.end() + 1] in {"[", "{"} for head in _HEAD.finditer(text)
    )


def mask_fields(text: str) -> str:
    """Mask ``name=value`` pairs of forms and query strings."""
    return _FIELD.sub(_masked_field, text) if "=" in text else text


def _value_after(text: str, head: re.Match[str]) -> tuple[int, int, bool]:
    """Where the value after a head begins and ends, and whether it stands in quotes; empty for null, lists, objects."""
    quote, start = head["q"], head.end()
    if not text.startswith(quote, start):
        number = _NUMBER.match(text, start)
        return start, number.end() if number else start, False
    start += len(quote)
    end = text.find(quote, start)
    while end > start and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    return start, len(text) if end < 0 else end, True


def _masked_field(found: re.Match[str]) -> str:
    mask = mask_of(found["name"])
    return found[0] if mask is None else f"{found['name']}={mask(found['value'])}"
