"""A page is filled once at a time, and comes to its end whatever happens meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nicegui import Client, ui
from nicegui.testing import user_simulation

from voucher_console.bench.children import Child
from voucher_console.bench.runs import Run
from voucher_console.feeds import Feeds
from voucher_console.line import Line
from voucher_console.pages.run import build
from voucher_console.view import View
from voucher_console.words import Words


class _EndsSoon:
    """The bench's runs: the one there is runs when it is asked for, and has ended when it is asked for again."""

    def __init__(self, folder: Path) -> None:
        self._run = Run(
            name="run-1", folder=folder, target="reference", plan="quick", by="maker",
            started_at=datetime(2026, 12, 1, tzinfo=UTC), child=Child(0, 0), running=True, verdict=None, aborted=None,
        )  # fmt: skip

    def one(self, _: str) -> Run:
        before, self._run = self._run, replace(self._run, running=False)
        return before


@pytest.mark.asyncio
async def test_a_run_that_ends_while_its_page_is_being_filled_does_not_leave_it_loading(tmp_path: Path) -> None:
    client, nobody = Client(ui.page("/run")), cast("Line", None)
    with client:
        known: dict[str, Any] = {
            "console": SimpleNamespace(
                runs=_EndsSoon(tmp_path), feeds=Feeds(nobody), settings=SimpleNamespace(poll_s=60.0)
            ),
            "session": SimpleNamespace(role="auditor"), "browser": "b", "path": "/run", "query": {"name": "run-1"},
        }  # fmt: skip
        body, layer = ui.element("div"), ui.element("div")
        view = View(w=Words("zh"), body=body, layer=layer, build=build, **known)
        await asyncio.wait_for(view.fill(), 10)
        assert [child.visible for child in body.default_slot.children] == [True], "what was filled is there to see"
    client.delete()


@pytest.mark.asyncio
async def test_a_page_that_its_own_timer_finds_old_is_filled_to_the_end() -> None:
    """The timer is taken away with the content, and what it is doing with it: a filling must not be that."""
    fillings = 0

    async def build_slowly(view: View) -> None:
        nonlocal fillings
        fillings += 1
        filling = fillings
        await asyncio.sleep(0.01)
        ui.label(f"filling {filling}")

        async def finds_it_old() -> None:
            view.fill_soon()

        if filling == 1:
            view.keep_fresh(finds_it_old, every_s=0.01)

    def page() -> None:
        known: dict[str, Any] = {"console": None, "session": None, "browser": "b", "path": "/", "query": {}}
        body, layer = ui.element("div"), ui.element("div")
        view = View(w=Words("zh"), body=body, layer=layer, build=build_slowly, **known)
        ui.timer(0.0, view.fill, once=True)

    async with user_simulation(page) as user:
        await user.open("/")
        await user.should_see("filling 2", retries=50)
        await user.should_not_see("正在读取", retries=50)
    assert fillings == 2, "found old once, filled once more"
