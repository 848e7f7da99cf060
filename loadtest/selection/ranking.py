"""Sums, means and places of the judges' own scores. Points are counted in hundredths: sums and ties are exact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loadtest.selection.model import POINT_STEPS, Judge, Paper
from voucher_contract.notice import Weight


@dataclass(frozen=True)
class JudgeScores:
    """One judge's scores of one applicant by item in hundredths; None: not given."""

    judge: Judge
    points: dict[str, int | None]
    remark: str = ""

    @property
    def total(self) -> int | None:
        """The sum, only of a complete paper."""
        given = [one for one in self.points.values() if one is not None]
        return sum(given) if len(given) == len(self.points) else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The items without a score."""
        return tuple(item for item, points in self.points.items() if points is None)


@dataclass(frozen=True)
class Tally:
    """All judges' scores of one applicant."""

    applicant_id: str
    papers: tuple[JudgeScores, ...]

    @property
    def total(self) -> int | None:
        """The sum of all judges' totals in hundredths, only when every judge scored every item."""
        totals = [one.total for one in self.papers]
        given = [one for one in totals if one is not None]
        return sum(given) if totals and len(given) == len(totals) else None

    @property
    def mean(self) -> float | None:
        """The mean of the judges' totals in points, for showing; places go by ``total``."""
        total = self.total
        return None if total is None else total / POINT_STEPS / len(self.papers)

    @property
    def incomplete(self) -> tuple[JudgeScores, ...]:
        """The judges with something missing."""
        return tuple(one for one in self.papers if one.missing)


def tally(applicant_id: str, judges: Sequence[Judge], weights: Sequence[Weight], papers: Iterable[Paper]) -> Tally:
    """Every judge's line for the applicant, in the judges' order, whether a paper was handed in or not."""
    of_judge = {one.judge: one for one in papers if one.applicant == applicant_id}
    return Tally(applicant_id, tuple(_line(judge, weights, of_judge.get(judge.id)) for judge in judges))


def places(totals: Mapping[str, int]) -> dict[str, int]:
    """Place 1 is the highest total; equal totals share a place, and the next place counts all before it."""
    return {name: 1 + sum(other > total for other in totals.values()) for name, total in totals.items()}


def _line(judge: Judge, weights: Sequence[Weight], paper: Paper | None) -> JudgeScores:
    given = paper.points if paper else {}
    points = {one.id: round(given[one.id] * POINT_STEPS) if one.id in given else None for one in weights}
    return JudgeScores(judge, points, paper.remark if paper else "")
