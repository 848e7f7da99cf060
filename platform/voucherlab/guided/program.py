"""The programme: eight steps in the order of a talk of twenty minutes, with the clauses they show and what to say."""

from importlib import resources
from tomllib import loads

from voucherlab.guided.showing import Words
from voucherlab.guided.step import Step
from voucherlab.guided.steps import (
    configure,
    ending,
    failing,
    guarding,
    merchants,
    redeeming,
    refunding,
    rush,
)  # fmt: skip

TALK_MINUTES = 20
_PLAYED_BY = {
    "configure": configure, "merchants": merchants, "rush": rush, "redeem": redeeming, "refund": refunding,
    "guard": guarding, "fail": failing, "end": ending,
}  # fmt: skip


def the_steps() -> tuple[Step, ...]:
    """The eight steps, as ``talk.toml`` words them."""
    text = (resources.files("voucherlab.guided") / "talk.toml").read_text(encoding="utf-8")
    return tuple(
        Step(
            one["id"], Words(one["title_zh"], one["title_en"]), tuple(one["clauses"]), one["minutes"],
            Words(one["notes_zh"].strip(), one["notes_en"].strip()), _PLAYED_BY[one["id"]].act,
            _PLAYED_BY[one["id"]].check,
        )
        for one in loads(text)["step"]
    )  # fmt: skip
