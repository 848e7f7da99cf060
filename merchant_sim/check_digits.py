"""Check digits of the two official numbers: GB 32100-2015 (firms) and GB 11643-1999 (people)."""

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_LENGTH = 18
ID_NUMBER_LENGTH = 18

_USCC_VALUES = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(USCC_LENGTH - 1))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_DIGITS = frozenset("0123456789")
_ORGANISATION_ALPHABET = _DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def uscc_check_character(body: str) -> str:
    """Return the 18th character of a unified social credit code from its first 17.

    Raises ValueError when `body` is not 17 characters of the code's alphabet (I, O, S, V, Z are not in it).
    """
    if len(body) != USCC_LENGTH - 1 or not _USCC_VALUES.keys() >= set(body):
        raise ValueError(f"a credit code body is 17 characters of {USCC_ALPHABET}, not {body!r}")
    total = sum(_USCC_VALUES[character] * weight for character, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def uscc_is_valid(code: str) -> bool:
    """Tell whether an 18-character code has the right alphabet and check character. Upper case only."""
    if len(code) != USCC_LENGTH or not _USCC_VALUES.keys() >= set(code):
        return False
    return uscc_check_character(code[:-1]) == code[-1]


def organisation_check_character(body: str) -> str:
    """Return the ninth character of an organisation code (GB 11714) from its first eight.

    A unified social credit code carries an organisation code in places 9 to 17.
    Raises ValueError when `body` is not eight digits and capital letters.
    """
    if len(body) != len(_ORGANISATION_WEIGHTS) or not set(body) <= _ORGANISATION_ALPHABET:
        raise ValueError(f"an organisation code body is eight digits and capital letters, not {body!r}")
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def id_number_check_character(body: str) -> str:
    """Return the 18th character of a citizen's id number from its first 17 digits (ISO 7064 MOD 11-2).

    Raises ValueError when `body` is not 17 digits.
    """
    if len(body) != ID_NUMBER_LENGTH - 1 or not set(body) <= _DIGITS:
        raise ValueError("an id number body is 17 digits")
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def id_number_is_valid(number: str) -> bool:
    """Tell whether 18 characters are 17 digits and their check character. The date inside is not judged."""
    if len(number) != ID_NUMBER_LENGTH or not set(number[:-1]) <= _DIGITS:
        return False
    return id_number_check_character(number[:-1]) == number[-1]
