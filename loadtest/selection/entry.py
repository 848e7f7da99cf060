"""Who may be compared: papers in time, and every entry condition met. Pure rules over what was entered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loadtest.selection.model import Answer, Applicant
from loadtest.selection.said import Said, said
from voucher_contract.notice import EntryItem, Notice

# late: refused unread. refused: a condition is not met. open: something is unclear or unchecked. admitted: all met.
Outcome = Literal["late", "refused", "open", "admitted"]
ItemState = Literal["yes", "no", "unclear", "unchecked", "not_asked"]


@dataclass(frozen=True)
class Entry:
    """Where one applicant stands, why, and what came out for each item of the checklist."""

    standing: Outcome
    reasons: tuple[Said, ...]
    items: dict[str, ItemState]


def is_late(received_at: datetime, notice: Notice) -> bool:
    """After the deadline; in the very second of the deadline is in time."""
    return received_at > notice.notice.deadline_at


def examine(applicant: Applicant, notice: Notice) -> Entry:
    """The applicant's standing. A late paper is refused, whatever the checklist says."""
    items = {item.id: _state(item, applicant) for item in notice.entry}
    if is_late(applicant.received_at, notice):
        heading = notice.notice
        late = said("entry.late", received=applicant.received_at, deadline=heading.deadline_at)
        return Entry("late", (late,), items)
    judged = [(words, together(items[item.id] for item in group)) for words, group in _groups(notice)]
    missed = tuple(said("entry.not_met", item=words) for words, state in judged if state == "no")
    unsure = tuple(
        said("entry.not_settled", item=words) for words, state in judged if state in {"unclear", "unchecked"}
    )
    if missed:
        return Entry("refused", (*missed, *unsure), items)
    return Entry("open" if unsure else "admitted", unsure, items)


def together(states: Iterable[ItemState]) -> ItemState:
    """Of alternatives one yes is enough; a no needs all of them to be no."""
    found = set(states)
    order: tuple[ItemState, ...] = ("yes", "unclear", "unchecked", "no", "not_asked")
    return next(state for state in order if state in found)


def item_words(item: EntryItem) -> Said:
    """An item by its clause and wording."""
    return said("entry.item", clause=item.clause, what=said_of(item.zh, item.en))


def said_of(zh: str, en: str) -> Said:
    """The notice's own words."""
    return said("as_is.text", zh=zh, en=en)


def _state(item: EntryItem, applicant: Applicant) -> ItemState:
    if item.only_branch and not applicant.branch:
        return "not_asked"
    check = applicant.checklist.get(item.id)
    answer: Answer | None = check.answer if check else None
    return answer or "unchecked"


def _groups(notice: Notice) -> list[tuple[Said, list[EntryItem]]]:
    """Each item by itself, alternatives together, in the notice's order."""
    gathered: dict[str, list[EntryItem]] = defaultdict(list)
    for item in notice.entry:
        gathered[f"any:{item.any_of}" if item.any_of else f"item:{item.id}"].append(item)
    return [(_group_words(group), group) for group in gathered.values()]


def _group_words(group: list[EntryItem]) -> Said:
    if len(group) == 1:
        return item_words(group[0])
    alternatives = [said_of(item.zh, item.en) for item in group]
    return said("entry.any_of", clause=group[0].clause, alternatives=alternatives)
