"""Names that officers, shops and vendors give: whatever letters they have, a page says them as they are."""

from types import SimpleNamespace
from typing import cast

import pytest
from nicegui import Client, ui

from voucher_console.parts.dialogs import dialog_over
from voucher_console.parts.tables import Column, show_table
from voucher_console.view import View

NAMES = ["甲 & 乙", '“满减” "A"', "C:\\xzz", "满100\\", "<b>甲</b>", "{{ 1 }} 'x'"]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_and_a_dialog_are_called_as_somebody_has_named_them(name: str) -> None:
    client = Client(ui.page("/names"))
    with client:
        table = show_table(name, [Column(name)], [[name]])
        view = cast("View", SimpleNamespace(layer=ui.element("div")))
        with dialog_over(view, name) as dialog:
            pass
        assert [table.props["aria-label"], dialog.props["aria-label"]] == [name, name]
    client.delete()
