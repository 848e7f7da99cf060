"""Masks for numbers that belong to a person: mobile phones, id numbers (GB 11643), bank cards (Luhn)."""

import re

from merchant_sim.check_digits import id_number_check_character

LONG_NUMBER = re.compile(r"\d{11}|\+86")
_FEWEST_DIGITS = 8
_CENTURIES = ("18", "19", "20")
_PHONE = re.compile(r"(?<![\w.*-])((?:\+?86[- ]?)?)(1[3-9]\d)(\d{4})(\d{4})(?![\w*])")
_ID_NUMBER = re.compile(r"(?<![\w.*-])\d{17}[\dXx](?![\w*])")
_CARD = re.compile(r"(?<![\w.*-])\d{16,19}(?![\w*])")


def mask_phone(value: str) -> str:
    """138****1234."""
    return _keep(value, 3, 4)


def mask_id_number(value: str) -> str:
    """The first three (province and part of the city) and the last four stay."""
    return _keep(value, 3, 4)


def mask_card(value: str) -> str:
    """The last four stay, as on a till slip."""
    return _keep(value, 0, 4)


def mask_numbers(text: str) -> str:
    """Every number in a text that is a mobile phone, a valid id number or a valid card number."""
    if not LONG_NUMBER.search(text):
        return text
    text = _PHONE.sub(lambda found: f"{found[1]}{found[2]}****{found[4]}", text)
    text = _ID_NUMBER.sub(lambda found: mask_id_number(found[0]) if is_id_number(found[0]) else found[0], text)
    return _CARD.sub(lambda found: mask_card(found[0]) if is_card_number(found[0]) else found[0], text)


def is_id_number(value: str) -> bool:
    """18 characters, a day of birth between 1800 and 2099, and the check character of GB 11643.

    The year tells a person from a shop: a credit code has as many characters and, now and then, the right last one.
    """
    century, month, day = value[6:8], int(value[10:12]), int(value[12:14])
    born = century in _CENTURIES and 1 <= month <= 12 and 1 <= day <= 31
    return born and id_number_check_character(value[:17]) == value[17].upper()


def is_card_number(value: str) -> bool:
    """Luhn's sum, and the first digits of a payment card: UnionPay 62, Visa 4, Mastercard 51–55, JCB 35."""
    if not re.match(r"62|4|5[1-5]|35", value):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(value))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _keep(value: str, head: int, tail: int) -> str:
    """The middle becomes asterisks; what has too few digits to belong to anybody stays."""
    if sum(character.isdigit() for character in value) < _FEWEST_DIGITS:
        return value
    return f"{value[:head]}{'*' * (len(value) - head - tail)}{value[len(value) - tail :]}"
