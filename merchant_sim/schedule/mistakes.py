"""Honest mistakes at a till, each with the refusal a platform owes it."""

from enum import StrEnum


class Mistake(StrEnum):
    """What somebody got wrong. The value is the story; `refusal` is the contract's code."""

    UNKNOWN_CODE = "unknown_code"
    WRONG_HOLDER = "wrong_holder"
    BEFORE_VALID = "before_valid"
    AFTER_EXPIRY = "after_expiry"
    SECOND_SCAN = "second_scan"
    AFTER_REFUND = "after_refund"
    SUSPENDED_MERCHANT = "suspended_merchant"
    MERCHANT_NOT_ADMITTED = "merchant_not_admitted"
    WRONG_CATEGORY = "wrong_category"
    WRONG_DISTRICT = "wrong_district"
    FOREIGN_TILL = "foreign_till"
    ONLINE_ORDER = "online_order"
    BELOW_THRESHOLD = "below_threshold"
    BELOW_AFTER_PROMOTION = "below_after_promotion"
    EXCLUDED_GOODS = "excluded_goods"

    @property
    def refusal(self) -> str:
        """The refusal code of the contract that answers this mistake."""
        return _REFUSALS[self]


_REFUSALS = {
    Mistake.UNKNOWN_CODE: "unknown_voucher",
    Mistake.WRONG_HOLDER: "wrong_holder",
    Mistake.BEFORE_VALID: "not_yet_valid",
    Mistake.AFTER_EXPIRY: "expired",
    Mistake.SECOND_SCAN: "already_redeemed",
    Mistake.AFTER_REFUND: "already_redeemed",
    Mistake.SUSPENDED_MERCHANT: "merchant_suspended",
    Mistake.MERCHANT_NOT_ADMITTED: "not_admitted",
    Mistake.WRONG_CATEGORY: "category_not_covered",
    Mistake.WRONG_DISTRICT: "district_not_covered",
    Mistake.FOREIGN_TILL: "till_not_of_merchant",
    Mistake.ONLINE_ORDER: "not_in_store",
    Mistake.BELOW_THRESHOLD: "below_threshold",
    Mistake.BELOW_AFTER_PROMOTION: "below_threshold",
    Mistake.EXCLUDED_GOODS: "excluded_goods",
}

# Weights among mistakes made at the till; AFTER_REFUND is planned with the refunds, SECOND_SCAN and
# AFTER_EXPIRY have their own shares because they follow from what the holder did before.
TILL_MISTAKES: dict[Mistake, int] = {
    Mistake.UNKNOWN_CODE: 8,
    Mistake.WRONG_HOLDER: 6,
    Mistake.BEFORE_VALID: 8,
    Mistake.SUSPENDED_MERCHANT: 6,
    Mistake.MERCHANT_NOT_ADMITTED: 8,
    Mistake.WRONG_CATEGORY: 20,
    Mistake.WRONG_DISTRICT: 10,
    Mistake.FOREIGN_TILL: 5,
    Mistake.ONLINE_ORDER: 9,
    Mistake.BELOW_THRESHOLD: 14,
    Mistake.BELOW_AFTER_PROMOTION: 9,
    Mistake.EXCLUDED_GOODS: 7,
}


def mistyped(code: str) -> str:
    """Return a voucher code with its last six letters and digits changed: same shape, another code."""
    return code[:-6] + "".join(_other(character) for character in code[-6:])


def _other(character: str) -> str:
    """Change one character within its own kind, so that only the value is wrong and not the form."""
    if character.isdigit():
        return str(9 - int(character))
    if character.isalpha() and character.isascii():
        first = ord("a") if character.islower() else ord("A")
        return chr(first + 5 - (ord(character) - first) % 6)
    return character
