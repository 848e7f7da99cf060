"""What a clause of the notice says, beside its number: officers know the sentence, vendors quote the number."""

from functools import cache

from voucher_console.words import Text, Words
from voucher_contract.notice import load_notice


@cache
def _clauses() -> dict[str, Text]:
    return {one.id: Text(one.zh, one.en) for one in load_notice().clauses}


def clause_text(w: Words, clause: str) -> str:
    """Its gist; empty for a clause of another notice than the one that comes with the contract."""
    found = _clauses().get(clause)
    return w.of(found) if found else ""
