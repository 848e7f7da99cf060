"""Making personal numbers and secrets unreadable, wherever in a log line they stand.

Two nets: fields by their name, and numbers and tokens by their shape, also in free text and in an error's words. What
is masked keeps its ends (138****1234), so that a complaint can still be followed. A shop's credit code is no person's.
"""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from voucher_platform.core.credit_code import ALPHABET, is_credit_code

HIDDEN = "***"
_DEEPEST = 8
_MOST_ITEMS = 100
_LONGEST = 20_000
_LARGEST_HARMLESS = 10**10

# Words of a field's name: `till_token`, `X-Api-Key` and `bankCard` are met by a word of theirs.
_SECRET = {
    "authorization", "token", "tokens", "secret", "secrets", "password", "passwd", "cookie", "credential", "apikey",
}  # fmt: skip
_PERSONAL = {
    "phone", "phones", "mobile", "telephone", "card", "cards", "idcard", "idnumber", "idno", "身份证", "手机", "电话",
}  # fmt: skip
_NAMES = {
    "name", "names", "realname", "fullname", "personname", "holdername", "contactname", "payername", "姓名", "联系人",
}  # fmt: skip
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")

_FIELDS = "|".join(sorted(_SECRET - {"apikey"})) + "|api[-_]?key"
_TEXT = (
    # A URL's password.
    (re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]+(?=@)"), HIDDEN),
    # A token is JSON in base 64, so it begins alike: ours, and anybody's JWT.
    (re.compile(r"eyJ[\w-]*(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), rf"\1 {HIDDEN}"),
    (
        re.compile(rf"(?i)((?:{_FIELDS})[\w-]*[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|(?!\*\*\*)[^\s,;&\"']+)"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)([\"'](?:name|real_?name|full_?name|姓名)[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*')"), rf"\1{HIDDEN}"),
)
_NUMBERS = re.compile(
    r"(?<!\d)(?:"
    r"\d{6}[ -]\d{8}[ -]\d{3}[\dXx]"  # an id number as people write it
    r"|\d{4}(?:[ -]\d{4}){2,4}(?:[ -]?\d{1,3})?"  # a card as it is printed
    r"|\d{14,}[Xx]?"  # an id number, a card
    r"|(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # a mobile phone
    r")(?!\d)"
)
_ESCAPE = re.compile(r"(\\x[\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\[0-7]{3}|%[\da-fA-F]{2})")
_CODE = re.compile(rf"(?<![0-9A-Za-z])([{ALPHABET}]{{18}})(?![0-9A-Za-z])")
# Enterprises, sole traders, cooperatives. A foreign resident's id number begins with 9, too, but tells a date of birth.
_TRADING = ("91", "92", "93")
_BORN = re.compile(r"\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")


def starred(text: str) -> str:
    """The first three and last four characters, with stars for the rest; nothing at all of what is short."""
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}" if len(text) >= 11 else HIDDEN


def mask_text(text: str) -> str:
    """``text`` with tokens, passwords and personal numbers made unreadable; cut after 20,000 characters."""
    text = text[:_LONGEST]
    for pattern, put in _TEXT:
        text = pattern.sub(put, text)
    # Again between escapes: the digits of one (\\x08, %E6) would hide where the number behind it begins.
    pieces = _ESCAPE.split(_mask_all_but_codes(text))
    pieces[::2] = [_mask_all_but_codes(piece) for piece in pieces[::2]]
    return "".join(pieces)


def mask(value: Any, *, depth: int = 0) -> Any:
    """``value`` as plain data that JSON knows, with everything in it masked by name and by shape."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        # An account's or a person's number may come as an integer; what is small enough is a count.
        return value if abs(value) < _LARGEST_HARMLESS else _unchanged_or_text(value)
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {mask_text(str(key)): mask_field(str(key), held, depth=depth + 1) for key, held in _few(value.items())}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [mask(one, depth=depth + 1) for one in _few(value)]
    return mask_text(str(value) if isinstance(value, (str, date)) else repr(value))


def mask_field(name: str, value: Any, *, depth: int = 0) -> Any:
    """``value`` of the field ``name``: hidden whole where the name says so."""
    words = [word.lower() for word in _WORD.findall(name)]
    known = {*words, "".join(words), *(a + b for a, b in pairwise(words))}
    if value is None or isinstance(value, bool):
        return value
    if known & _SECRET or "".join(words) in _NAMES:
        return HIDDEN
    if known & _PERSONAL:
        return starred(value) if isinstance(value, str) else HIDDEN
    return mask(value, depth=depth)


def _mask_all_but_codes(text: str) -> str:
    parts = _CODE.split(text)
    parts[::2] = [_mask_numbers(part) for part in parts[::2]]
    parts[1::2] = [part if _is_of_a_shop(part) else _mask_numbers(part) for part in parts[1::2]]
    return "".join(parts)


def _few(items: Any) -> list[Any]:
    return list(items)[:_MOST_ITEMS]


def _unchanged_or_text(value: float) -> Any:
    written = repr(value)
    masked = mask_text(written)
    return value if masked == written else masked


def _mask_numbers(text: str) -> str:
    return _NUMBERS.sub(lambda found: starred(found[0]), text)


def _is_of_a_shop(code: str) -> bool:
    """A credit code by its check character; one that holds a long number only if that is no card and nobody's id."""
    written_alike = _NUMBERS.search(code) is not None
    return is_credit_code(code) and (not written_alike or (code[:2] in _TRADING and not _BORN.fullmatch(code)))
