"""The sheet as one value, made of what was entered and of the evidence: workbook, document and JSON only show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loadtest.selection.entry import Entry, examine, item_words, said_of
from loadtest.selection.evidence import Bundle, plans, read_bundles
from loadtest.selection.model import Applicant, Meeting
from loadtest.selection.ranking import Tally, places, tally
from loadtest.selection.reading import Entered
from loadtest.selection.said import Said, said
from loadtest.selection.scoring_rules import Computed, compute
from loadtest.verdicts import Verdict
from voucher_contract.notice import EntryItem, Notice


@dataclass(frozen=True)
class Standing:
    """One applicant on the sheet. ``place`` None: not ranked, and ``why_not`` says why. ``tied``: shares its place."""

    applicant: Applicant
    entry: Entry
    bundles: tuple[Bundle, ...]
    tally: Tally
    place: int | None = None
    tied: bool = False
    why_not: tuple[Said, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether it may be compared."""
        return self.entry.standing == "admitted"


@dataclass(frozen=True)
class Sheet:
    """``compared``: more applicants are valid than the notice's limit, so scores and places are shown."""

    entered: Entered
    standings: tuple[Standing, ...]
    compared: bool
    computed: Computed | None
    remarks: tuple[Said, ...]

    @property
    def notice(self) -> Notice:
        """The notice it is made by."""
        return self.entered.notice

    @property
    def meeting(self) -> Meeting:
        """Where and by whom."""
        return self.entered.file.meeting

    @property
    def admitted(self) -> tuple[Standing, ...]:
        """The valid applicants, in the file's order."""
        return tuple(one for one in self.standings if one.admitted)

    @property
    def in_time(self) -> tuple[Standing, ...]:
        """All whose papers came before the deadline."""
        return tuple(one for one in self.standings if one.entry.standing != "late")

    @property
    def ranked(self) -> tuple[Standing, ...]:
        """By place; those that share one in the file's order."""
        return tuple(sorted((one for one in self.standings if one.place), key=lambda one: one.place or 0))

    @property
    def broken(self) -> bool:
        """Whether a bundle could not be used."""
        return any(not bundle.usable for one in self.standings for bundle in one.bundles)

    def not_compared(self) -> Said:
        """Why there is no comparison."""
        limit, valid = self.notice.selection.no_comparison_at_or_below, len(self.admitted)
        unfinished = sum(one.entry.standing == "open" for one in self.standings)
        if valid + unfinished > limit:
            return said("ranking.too_few_yet", valid=valid, open=unfinished, limit=limit)
        return said("ranking.too_few", valid=valid, limit=limit)


def lay_out(entered: Entered) -> Sheet:
    """The sheet. Raises SelectionFaults for scoring rules that cannot be read."""
    bundles = read_bundles(entered)
    unranked = tuple(_standing(one, entered, bundles[one.id]) for one in entered.file.applicants)
    limit = entered.notice.selection.no_comparison_at_or_below
    compared = sum(one.admitted for one in unranked) > limit
    in_time = [one.applicant.id for one in unranked if one.entry.standing != "late"]
    computed = compute(entered, in_time, bundles)
    standings = tuple(_ranked(unranked, entered)) if compared else unranked
    return Sheet(
        entered, standings, compared, computed, tuple(_remarks(entered, standings, computed, compared=compared))
    )


def _standing(applicant: Applicant, entered: Entered, bundles: tuple[Bundle, ...]) -> Standing:
    file, notice = entered.file, entered.notice
    scores = tally(applicant.id, file.judges, notice.weights, file.scores)
    return Standing(applicant, examine(applicant, notice), bundles, scores)


def _ranked(standings: Sequence[Standing], entered: Entered) -> Iterator[Standing]:
    """Only valid applicants with every judge's every score have a place."""
    totals = {one.applicant.id: one.tally.total for one in standings if one.admitted}
    complete = {name: total for name, total in totals.items() if total is not None}
    found = places(complete)
    shared = [*found.values()]
    for one in standings:
        place = found.get(one.applicant.id)
        why_not = () if place else tuple(_why_not(one, entered))
        yield Standing(
            one.applicant,
            one.entry,
            one.bundles,
            one.tally,
            place,
            place is not None and shared.count(place) > 1,
            why_not,
        )


def _why_not(one: Standing, entered: Entered) -> Iterator[Said]:
    if not one.admitted:
        yield from one.entry.reasons
        return
    if not one.tally.papers:
        yield said("ranking.no_judges")
    words = {weight.id: said_of(weight.zh, weight.en) for weight in entered.notice.weights}
    for paper in one.tally.incomplete:
        items = [words[item] for item in paper.missing]
        yield said("ranking.missing", judge=paper.judge.name, items=items)


def _remarks(
    entered: Entered, standings: Sequence[Standing], computed: Computed | None, *, compared: bool
) -> Iterator[Said]:
    """What the meeting should know, most weighty first."""
    for one in standings:
        for bundle in one.bundles:
            for problem in bundle.problems:
                yield said("remark.bundle", who=one.applicant.name, path=bundle.name, problem=problem)
    if len(plans([bundle for one in standings for bundle in one.bundles])) > 1:
        yield said("remark.plans_differ")
    if computed is not None and computed.why_not:
        yield said("remark.rules_unused", why=list(computed.why_not))
    still_open = [one.applicant.name for one in standings if one.entry.standing == "open"]
    if still_open:
        yield said("remark.entry_open", who=still_open)
    if compared and any(one.admitted and one.place is None for one in standings):
        yield said("remark.ranking_provisional")
    for one in standings:
        yield from _about(one, entered, compared=compared)


def _about(one: Standing, entered: Entered, *, compared: bool) -> Iterator[Said]:
    who, notice = one.applicant.name, entered.notice
    if one.applicant.received_at < notice.notice.opens_at:
        yield said("remark.early", who=who, received=one.applicant.received_at, opens=notice.notice.opens_at)
    if not one.bundles and one.entry.standing != "late":
        yield said("remark.no_bundle", who=who)
    scored = any(paper.applicant == one.applicant.id and paper.points for paper in entered.file.scores)
    if scored and not (compared and one.admitted):
        yield said("remark.scores_unused", who=who)
    contradicted = [
        item_words(item) for item in notice.entry if one.entry.items[item.id] == "yes" and _failed(one, item)
    ]
    if contradicted:
        yield said("remark.contradiction", who=who, items=contradicted)


def _failed(one: Standing, item: EntryItem) -> bool:
    usable = [bundle for bundle in one.bundles if bundle.usable]
    return any(bundle.clause(item.clause).verdict is Verdict.FAIL for bundle in usable)
