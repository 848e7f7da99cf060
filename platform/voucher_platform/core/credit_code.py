"""Unified social credit codes (GB 32100-2015): 17 characters and a check character."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def check_character(body: str) -> str | None:
    """The 18th character for the first 17: 31 less the weighted sum mod 31. ``None`` if ``body`` cannot be a code's."""
    if len(body) != 17 or any(character not in _VALUE for character in body):
        return None
    total = sum(_VALUE[character] * pow(3, place, 31) for place, character in enumerate(body))
    return ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether ``code`` (upper case) has 18 characters of the alphabet and the right last one."""
    return len(code) == 18 and check_character(code[:-1]) == code[-1]
