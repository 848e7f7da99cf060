"""Reply codes as small numbers. A history's header keeps the names, so an old history stays readable.

After the contract's refusals stand the bench's own words for replies that carry no code.
"""

from voucher_contract.refusals import REFUSALS

GUARDED = "guarded"
IN_PROGRESS = "in_progress"
OTHER = "other"  # a code that the contract does not know; the body is kept
OWN_CODES = (GUARDED, IN_PROGRESS, "timeout", "reset", "never_sent", "unreadable", OTHER)

CODES: tuple[str, ...] = ("", *dict.fromkeys((*REFUSALS, *OWN_CODES)))
CODE_NUMBER: dict[str, int] = {name: number for number, name in enumerate(CODES)}


def code_number(name: str | None) -> int:
    """The row of CODES. None: 0; a name that is not there: the row of ``other``."""
    return 0 if not name else CODE_NUMBER.get(name, CODE_NUMBER[OTHER])
