"""Unified social credit codes (GB 32100-2015): 31 letters and digits, the last one a check character."""

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18


def is_credit_code(code: str) -> bool:
    """Whether the check character fits: Σ value × 3^place over the first 17 and the check add up to 0 modulo 31."""
    if len(code) != _LENGTH or any(letter not in _LETTERS for letter in code):
        return False
    total, weight = 0, 1
    for letter in code[:-1]:
        total += _LETTERS.index(letter) * weight
        weight = weight * 3 % 31
    return (total + _LETTERS.index(code[-1])) % 31 == 0
