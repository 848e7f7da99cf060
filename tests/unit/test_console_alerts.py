"""The evidence of an alert: orders that can be had are a table, the others are named."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui import Client, ui

from voucher_console.pages.alerts import _show_evidence
from voucher_console.view import View
from voucher_console.words import Words, named
from voucher_contract.models.alerts import Alert
from voucher_contract.models.redemptions import Redemption


def _order(number: str) -> Redemption:
    own: dict[str, Any] = {
        "id": number, "redeemed_at": datetime(2027, 1, 1, tzinfo=UTC), "order_no": f"order of {number}",
        "order_total_fen": 10_000, "voucher_fen": 3_000, "till_number": "T1", "voucher_id": "vch_1",
    }  # fmt: skip
    return Redemption.model_construct(**own)


@pytest.mark.parametrize("had", [(), ("red_1",), ("red_1", "red_2")])
def test_an_order_that_cannot_be_had_is_named_beside_those_that_can(had: tuple[str, ...]) -> None:
    own: dict[str, Any] = {"evidence": {"newest_redemptions": ["red_1", "red_2"], "threshold": 20}}
    view = SimpleNamespace(w=Words("zh"), named=lambda code: named(code, "zh"), link=ui.link)
    client = Client(ui.page("/alerts"))
    with client, ui.element("div") as place:
        _show_evidence(cast("View", view), Alert.model_construct(**own), {number: _order(number) for number in had})
        said = " ".join(str(one.content) for one in place.descendants() if isinstance(one, ui.html))
    for number in ("red_1", "red_2"):
        assert (f"order of {number}" in said) == (number in had)
        assert (number in said.replace(f"order of {number}", "")) == (number not in had)
    assert "20" in said
    client.delete()
