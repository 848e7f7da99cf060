"""Rules that join several fields of the entered file, and the file with its notice."""

from collections import Counter
from collections.abc import Iterable, Iterator

from loadtest.selection.faults import Fault, place
from loadtest.selection.model import Rules, SelectionFile
from loadtest.selection.said import said
from voucher_contract.notice import Notice


def inconsistencies(file: SelectionFile, notice: Notice) -> list[Fault]:
    """Everything in the file that does not fit together, in the file's order."""
    return [
        *_notice(file, notice), *_repeated(file), *_checklists(file, notice), *_papers(file, notice),
        *(_sent(file, file.rules) if file.rules else ()),
    ]  # fmt: skip


def _notice(file: SelectionFile, notice: Notice) -> Iterator[Fault]:
    if file.notice != notice.notice.id:
        yield Fault("notice", said("fault.other_notice", entered=file.notice, loaded=notice.notice.id))


def _repeated(file: SelectionFile) -> Iterator[Fault]:
    yield from _repeats("judges", "id", [one.id for one in file.judges])
    yield from _repeats("judges", "name", [one.name for one in file.judges])
    yield from _repeats("applicants", "id", [one.id for one in file.applicants])
    yield from _repeats("applicants", "name", [one.name for one in file.applicants])


def _repeats(what: str, field: str, values: list[str]) -> Iterator[Fault]:
    times = Counter(values)
    seen: set[str] = set()
    for position, value in enumerate(values):
        if times[value] > 1 and value in seen:
            yield Fault(place(what, position, field), said("fault.repeated", value=value))
        seen.add(value)


def _checklists(file: SelectionFile, notice: Notice) -> Iterator[Fault]:
    known = {item.id for item in notice.entry}
    for position, applicant in enumerate(file.applicants):
        for item in sorted(applicant.checklist.keys() - known):
            yield Fault(place("applicants", position, "checklist", item), said("fault.no_such_item", id=item))


def _papers(file: SelectionFile, notice: Notice) -> Iterator[Fault]:
    judges, applicants = {one.id for one in file.judges}, {one.id for one in file.applicants}
    highest = {weight.id: weight.points for weight in notice.weights}
    pairs = Counter((one.judge, one.applicant) for one in file.scores)
    for position, paper in enumerate(file.scores):
        yield from _unknown(place("scores", position, "judge"), paper.judge, judges)
        yield from _unknown(place("scores", position, "applicant"), paper.applicant, applicants)
        if pairs[paper.judge, paper.applicant] > 1:
            yield Fault(place("scores", position), said("fault.two_papers", judge=paper.judge, of=paper.applicant))
        for item, points in paper.points.items():
            where = place("scores", position, "points", item)
            if item not in highest:
                yield Fault(where, said("fault.no_such_weight", id=item, known=sorted(highest)))
            elif points > highest[item]:
                yield Fault(where, said("fault.too_many_points", points=f"{points:g}", most=highest[item]))


def _sent(file: SelectionFile, rules: Rules) -> Iterator[Fault]:
    applicants = {one.id for one in file.applicants}
    for position, one in enumerate(rules.sent):
        yield from _unknown(place("rules", "sent", position, "applicant"), one.applicant, applicants)


def _unknown(where: str, named: str, known: Iterable[str]) -> Iterator[Fault]:
    if named not in known:
        yield Fault(where, said("fault.unknown_id", id=named))
