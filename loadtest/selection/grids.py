"""The sheet's tables as plain grids of words, the same for workbook and document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from loadtest.selection.entry import ItemState, Outcome
from loadtest.selection.evidence import Bundle, ClauseEvidence
from loadtest.selection.said import Language, clock, joined, said
from loadtest.selection.sheet import Sheet, Standing
from loadtest.verdicts import Verdict
from voucher_contract.notice import Clause, EntryItem, Notice

Tone = Literal["plain", "good", "remark", "bad", "open", "quiet"]
_VERDICT_TONE: dict[Verdict, Tone] = {
    Verdict.PASS: "good", Verdict.WARN: "remark", Verdict.FAIL: "bad", Verdict.INCONCLUSIVE: "open",
    Verdict.INVALID: "open", Verdict.NOT_RUN: "quiet", Verdict.NOT_APPLICABLE: "quiet",
}  # fmt: skip
_ITEM_TONE: dict[ItemState, Tone] = {
    "yes": "good", "no": "bad", "unclear": "remark", "unchecked": "open", "not_asked": "quiet",
}  # fmt: skip
_STANDING_TONE: dict[Outcome, Tone] = {"late": "bad", "refused": "bad", "open": "remark", "admitted": "good"}


@dataclass(frozen=True)
class Cell:
    """Words and what they weigh."""

    text: str
    tone: Tone = "plain"
    centred: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. ``widths`` in letters of half a Chinese one; ``fixed`` leading columns come back when it is split."""

    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    fixed: int = 0


class Grids:
    """All tables of one sheet in one language."""

    def __init__(self, sheet: Sheet, language: Language) -> None:
        self.sheet = sheet
        self.language: Language = language

    def say(self, key: str, **values: object) -> str:
        """A sentence in the grids' language."""
        return said(key, **values).text(self.language)

    def own(self, one: Clause | EntryItem) -> str:
        """The notice's own words."""
        return one.zh if self.language == "zh" else one.en

    def facts(self) -> list[tuple[str, str]]:
        """What the sheet is about: label and value."""
        meeting, heading = self.sheet.meeting, self.sheet.notice.notice
        issuer = heading.issued_by_zh if self.language == "zh" else heading.issued_by_en
        rows = [
            ("fact.notice", self.title()), ("fact.issuer", issuer),
            ("fact.call", self.say("fact.call_value", opens=heading.opens_at, deadline=heading.deadline_at)),
            ("fact.meeting", clock(meeting.held_at or heading.meeting_at)), ("fact.place", meeting.place or ""),
            ("fact.people", self._people()), ("fact.counts", self._counts()), ("fact.result", self.result()),
        ]  # fmt: skip
        return [(self.say(key), value) for key, value in rows if value]

    def title(self) -> str:
        """The notice's title."""
        heading = self.sheet.notice.notice
        return heading.title_zh if self.language == "zh" else heading.title_en

    def result(self) -> str:
        """Whether there is a comparison, and of whom."""
        if not self.sheet.compared:
            return self.sheet.not_compared().text(self.language)
        return self.say("ranking.compared", valid=len(self.sheet.admitted), ranked=len(self.sheet.ranked))

    def applicants(self) -> Grid:
        """Receipt, entry, evidence and place of everybody."""
        headings = ("number", "applicant", "received", "deadline", "entry", "why", "evidence", "place")
        rows = tuple(self._applicant(number, one) for number, one in enumerate(self.sheet.standings, 1))
        return Grid(self._heads(headings), (6, 24, 20, 20, 14, 44, 34, 18), rows)

    def entry(self) -> Grid:
        """The checklist, one column an applicant; who was late is refused unread and has none."""
        held = self.sheet.in_time
        names = tuple(one.applicant.name for one in held)
        rows = [
            (Cell(item.clause), Cell(self._item(item)), *(self._answer(item, one) for one in held))
            for item in self.sheet.notice.entry
        ]
        whole = (Cell(""), Cell(self.say("entry.whole")), *(self._standing(one) for one in held))
        return Grid((*self._heads(("clause", "condition")), *names), (9, 40, *(28 for _ in names)), (*rows, whole), 2)

    def bundles(self) -> Grid:
        """What bundles there are and who stands behind them."""
        headings = ("applicant", "bundle", "target", "verdict", "level", "guard", "tested", "signature", "digest")
        rows = tuple(self._bundle(one, bundle) for one in self.sheet.standings for bundle in one.bundles)
        return Grid(self._heads(headings), (20, 18, 24, 20, 8, 8, 20, 26, 20), rows)

    def evidence(self) -> Grid:
        """Clause by clause, verdict and level of every bundle beside each other."""
        held = self.columns()
        heads = [head for name, _ in held for head in (name, self.say("head.level"))]
        widths = [width for _ in held for width in (22, 9)]
        rows = tuple(
            (
                Cell(clause.id), Cell(self.own(clause)), Cell(self.scored_with(clause)),
                *(cell for _, bundle in held for cell in self.verdict_and_level(bundle, clause)),
            )
            for clause in self.sheet.notice.clauses
        )  # fmt: skip
        return Grid((*self._heads(("clause", "requirement", "item")), *heads), (9, 46, 20, *widths), rows, 3)

    def columns(self) -> list[tuple[str, Bundle | None]]:
        """A heading for every bundle; an applicant without one has an empty column."""
        found: list[tuple[str, Bundle | None]] = []
        for one in self.sheet.in_time:
            name, several = one.applicant.name, len(one.bundles) > 1
            found += [
                (self.say("head.bundle_of", name=name, number=number) if several else name, bundle)
                for number, bundle in enumerate(one.bundles, 1)
            ] or [(name, None)]
        return found

    def scored_with(self, clause: Clause) -> str:
        """The scored items beside which the clause's evidence is laid."""
        weights = [one for one in self.sheet.notice.weights if clause.id in one.clauses]
        return joined([one.zh if self.language == "zh" else one.en for one in weights], self.language)

    def verdict_and_level(self, bundle: Bundle | None, clause: Clause) -> tuple[Cell, Cell]:
        """What a bundle says of a clause; a broken one says nothing, and that is said."""
        if clause.decided_by == ("person",):
            return Cell(self.say("evidence.by", ways=[said("decided.person")]), "quiet"), Cell("")
        if bundle is None:
            return Cell(self.say("evidence.none"), "quiet"), Cell("")
        if not bundle.usable:
            return Cell(self.say("evidence.not_used"), "open"), Cell("")
        found = bundle.clause(clause.id)
        return self._verdict(found), Cell(self._levels(found.levels))

    def computed(self) -> Grid | None:
        """Points by the rules sent beforehand; None where none were computed."""
        computed, weights = self.sheet.computed, self.sheet.notice.weights
        if computed is None or computed.why_not or not self.sheet.compared:
            return None
        names = [one.zh if self.language == "zh" else one.en for one in weights]
        rows = []
        for one in self.sheet.admitted:
            points = computed.points.get(one.applicant.id)
            shown = [
                "" if points is None or weight.id not in points else f"{points[weight.id] / 100:g}"
                for weight in weights
            ]
            rows.append((Cell(one.applicant.name), *(Cell(text or self.say("computed.none")) for text in shown)))
        return Grid((self.say("head.applicant"), *names), (30, *(20 for _ in names)), tuple(rows), 1)

    def remarks(self) -> list[str]:
        """What the meeting should know."""
        return [one.text(self.language) for one in self.sheet.remarks]

    def notes(self) -> list[str]:
        """How the sheet is made and read."""
        sheet, limit = self.sheet, self.sheet.notice.selection.no_comparison_at_or_below
        given = {"limit": limit, "deadline": sheet.notice.notice.deadline_at, "digest": sheet.entered.digest}
        names = ["own_scores", "entry", "late", "too_few", "missing", "ties", "means", "evidence", "levels", "beside"]
        computed = sheet.computed
        if computed is None or computed.why_not:
            names.append("nothing_computed")
        else:
            names.append("computed")
            given |= {"title": computed.title, "rules_digest": computed.digest}
        return [self.say(f"note.{name}", **given) for name in (*names, "digest")]

    def why_unranked(self, one: Standing) -> str:
        """The reasons, joined."""
        return joined([reason.text(self.language) for reason in one.why_not], self.language)

    def place(self, one: Standing) -> Cell:
        """The place in words."""
        if not self.sheet.compared:
            return Cell(self.say("ranking.none"), "quiet")
        if one.place is None:
            return Cell(self.say("ranking.unranked"), "quiet")
        return Cell(self.say("ranking.tied" if one.tied else "ranking.place", place=one.place))

    def _heads(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.say(f"head.{name}") for name in names)

    def _people(self) -> str:
        meeting = self.sheet.meeting
        named = {"chair": meeting.chaired_by, "record": meeting.recorded_by, "supervise": meeting.supervised_by}
        return joined([self.say(f"fact.{key}", who=who) for key, who in named.items() if who], self.language)

    def _counts(self) -> str:
        sheet = self.sheet
        return self.say(
            "fact.counts_value", all=len(sheet.standings), late=len(sheet.standings) - len(sheet.in_time),
            in_time=len(sheet.in_time), valid=len(sheet.admitted),
        )  # fmt: skip

    def _applicant(self, number: int, one: Standing) -> tuple[Cell, ...]:
        applicant = one.applicant
        name = applicant.name + (f"\n{self.say('entry.branch')}" if applicant.branch else "")
        late = one.entry.standing == "late"
        told = one.entry.reasons or one.why_not
        reasons = joined([reason.text(self.language) for reason in told], self.language)
        return (
            Cell(str(number)), Cell(name), Cell(clock(applicant.received_at), "bad" if late else "plain"),
            Cell(clock(self.sheet.notice.notice.deadline_at)), self._standing(one),
            Cell("\n".join(filter(None, (reasons, applicant.note)))),
            Cell("\n".join(self._summary(bundle) for bundle in one.bundles) or self.say("evidence.none")),
            self.place(one),
        )  # fmt: skip

    def _standing(self, one: Standing) -> Cell:
        return Cell(self.say(f"standing.{one.entry.standing}"), _STANDING_TONE[one.entry.standing])

    def _item(self, item: EntryItem) -> str:
        return self.own(item) + (self.say("entry.alternative") if item.any_of else "")

    def _answer(self, item: EntryItem, one: Standing) -> Cell:
        state = one.entry.items[item.id]
        check = one.applicant.checklist.get(item.id)
        lines = [self.say(f"item.{state}")]
        if check is not None and state != "not_asked":
            if check.checked_by:
                lines[0] = self.say("item.by", answer=lines[0], who=check.checked_by)
            lines += [check.note] if check.note else []
        # A no to one alternative is nothing bad where another is met.
        met_otherwise = item.any_of is not None and state != "yes" and self._any_met(item, one)
        return Cell("\n".join(lines), "quiet" if met_otherwise else _ITEM_TONE[state])

    def _any_met(self, item: EntryItem, one: Standing) -> bool:
        alternatives = [other.id for other in self.sheet.notice.entry if other.any_of == item.any_of]
        return any(one.entry.items[other] == "yes" for other in alternatives)

    def _summary(self, bundle: Bundle) -> str:
        if not bundle.usable or bundle.vendor is None:
            return self.say("evidence.bundle_not_used", path=bundle.name)
        record = bundle.vendor.record
        words = said(f"verdict.{bundle.vendor.overall.value}")
        stage = said("evidence.final" if record.settled else "evidence.preliminary")
        return self.say("evidence.summary", verdict=words, stage=stage, level=record.level)

    def _bundle(self, one: Standing, bundle: Bundle) -> tuple[Cell, ...]:
        name, path = Cell(one.applicant.name), Cell(bundle.name)
        if not bundle.usable or bundle.vendor is None:
            why = joined([problem.text(self.language) for problem in bundle.problems], self.language)
            unused = f"{self.say('evidence.not_used')}\n{why}"
            return name, path, Cell(unused, "bad"), *(Cell("") for _ in range(6))
        vendor, record = bundle.vendor, bundle.vendor.record
        stage = self.say("evidence.final" if record.settled else "evidence.preliminary")
        verdict = Cell(f"{self.say(f'verdict.{vendor.overall.value}')}\n{stage}", _VERDICT_TONE[vendor.overall])
        return (
            name, path, Cell(f"{vendor.name}\n{record.target.host}"), verdict, Cell(record.level),
            Cell(self.say(f"guard.{record.target.guard}")), Cell(clock(record.started_at)),
            Cell(self.say(f"signature.{vendor.checked.signature}")), Cell(bundle.digest[:16]),
        )  # fmt: skip

    def _verdict(self, found: ClauseEvidence) -> Cell:
        """The verdict, and who must look as well; a demonstration on our own platform decides nothing here."""
        ways = [said(f"decided.{way}") for way in found.needs if way != "ref"]
        if found.verdict is None:
            return Cell(self.say("evidence.by", ways=ways), "quiet")
        words = self.say(f"verdict.{found.verdict.value}")
        also = f"\n{self.say('evidence.also_by', ways=ways)}" if ways else ""
        return Cell(words + also, _VERDICT_TONE[found.verdict])

    def _levels(self, levels: Sequence[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(levels)


def split(grid: Grid, columns: int) -> Iterator[Grid]:
    """The grid in pieces of at most so many columns beside the fixed ones, for paper."""
    free = range(grid.fixed, len(grid.headings))
    for start in range(0, max(len(free), 1), columns):
        kept = [*range(grid.fixed), *free[start : start + columns]]
        yield Grid(
            tuple(grid.headings[at] for at in kept), tuple(grid.widths[at] for at in kept),
            tuple(tuple(row[at] for at in kept) for row in grid.rows), grid.fixed,
        )  # fmt: skip


def weights_of(notice: Notice, language: Language) -> list[str]:
    """The scored items with their full points."""
    names = [(one.zh if language == "zh" else one.en, one.points) for one in notice.weights]
    return [said("head.weight", name=name, points=points).text(language) for name, points in names]
