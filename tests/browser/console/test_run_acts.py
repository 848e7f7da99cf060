"""A run watched while its load step plays, broken off from the page, and finished runs beside each other."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.acting import confirm, dialog, expect_done, expect_refused, press
from tests.browser.console.conftest import ConsoleProcess, Officers
from tests.browser.page_checks import grave_violations
from voucher_console.bench.progress import read_progress
from voucher_console.bench.runs import Run, Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
Keep = Callable[[Page, str], object]
_RATE_PER_S, _NAME = 60, "名称（字母、数字、- 和 _）"
_PLAN = f"""
name = "看得见的一步"
notice = "guanghan-2025-12-12"

[[steps]]
name = "steady_peak"
scenario = "steady_peak"
arrivals = "constant"
rate_per_s = {_RATE_PER_S}
duration_s = 60
people = 300
"""
_OTHER_PLAN = 'name = "另一份计划"\nnotice = "guanghan-2025-12-12"\nseed = 7\n'
_CHARTS = """
() => { const drawn = [...document.querySelectorAll(".chart")].map((e) => getElement(Number(e.id.slice(1)))?.chart);
  return drawn.some((one) => !one) ? [] : drawn.map((one) => one.getOption().series.map((line) => line.data)); }
"""


@pytest.fixture(scope="module")
def bench(console_process: ConsoleProcess) -> Iterator[Runs]:
    """The console's own folder of the bench, with two plans; whatever still runs is ended."""
    folder = console_process.folder / "bench"
    (folder / "plans").mkdir(parents=True)
    (folder / "plans" / "watched.toml").write_text(_PLAN, encoding="utf-8")
    (folder / "plans" / "other.toml").write_text(_OTHER_PLAN, encoding="utf-8")
    runs = Runs(folder)
    yield runs
    for one in runs.all():
        if one.running:
            runs.abort(one.name, by="test")


def _ask(page: Page, **answers: str) -> None:
    """The dialog that starts a run, filled in."""
    shown = dialog(page)
    shown.get_by_label(_NAME).fill(answers["name"])
    shown.get_by_label("被测平台").select_option(answers.get("target", "faulty:correct"))
    shown.get_by_label("测试计划").select_option(answers.get("plan", "watched.toml"))
    shown.get_by_label("只测（可不填）").fill(answers.get("only", ""))
    confirm(page, "开始")


def _live_charts(page: Page) -> list[Any]:
    """The series of rate, lag and outcomes, once a few hundred attempts are on the page."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        series = page.evaluate(_CHARTS)
        if series and sum(series[2][0]) >= 5 * _RATE_PER_S:
            return list(series)
        page.wait_for_timeout(250)
    pytest.fail(page.locator("pre").first.inner_text())


def _of_group(number: int) -> list[int]:
    """The processes of a run: it leads a session of its own."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(words[3]) == number and words[0] not in "ZX":
            found.append(int(stat.parent.name))
    return found


def test_a_live_step_is_shown_as_it_is_and_really_ends_when_it_is_aborted(
    console_officers: Officers, bench: Runs, keep_state: Keep
) -> None:
    page = console_officers.sign_in("maker", path="/runs")
    press(page, "开始一次检验")
    _ask(page, name="两 个词")
    expect_refused(page, "cannot_run", "名称只能用字母、数字、- 和 _")
    keep_state(page, "run-bad-name-zh")
    _ask(page, name="watched-1", only="steady_peak")
    page.wait_for_url("**/run?name=watched-1")
    console_officers.settle(page)
    reader = console_officers.sign_in("auditor", path="/run?name=watched-1", lang="en")

    (planned, sent), (lag,), (outcomes,) = _live_charts(page)
    keep_state(page, "run-live-zh")
    keep_state(reader, "run-live-en")
    whole = planned[2:-2]
    assert sum(whole) / len(whole) == pytest.approx(_RATE_PER_S, rel=0.1), "the schedule that was asked for"
    assert sum(sent) == pytest.approx(sum(planned), rel=0.2)
    assert any(one is not None and one > 0 for one in lag)
    page.wait_for_timeout(2_500)
    later = page.evaluate(_CHARTS)[2][0]
    assert sum(later) > sum(outcomes), "it goes on while one looks"
    assert reader.get_by_role("button", name="Abort").count() == 0, "an auditor breaks nothing off"
    assert grave_violations(reader) == []

    pids = _of_group(bench.one("watched-1").child.pid)
    assert len(pids) >= 2, "the bench, and the vendor it started"
    press(page, "中止")
    expect(dialog(page).get_by_role("button", name="取消")).to_be_focused()
    keep_state(page, "run-abort-zh")
    confirm(page, "中止")
    expect_done(page, "检验已中止")
    assert _of_group(bench.one("watched-1").child.pid) == []
    assert not any(_alive(pid) for pid in pids)
    _assert_aborted(page, bench, at_least=sum(later))
    keep_state(page, "run-aborted-zh")
    expect(reader.locator(".facts").first).to_contain_text("Aborted")
    expect(reader.locator(".state.empty")).to_contain_text("broke this run off")
    keep_state(reader, "run-aborted-en")
    console_officers.open(page, "/runs")
    expect(page.locator("tbody tr", has_text="watched-1")).to_contain_text("已中止")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


def _assert_aborted(page: Page, bench: Runs, *, at_least: float) -> None:
    """Page, record and bundle say the same: broken off by somebody, no verdict, every attempt kept, no token left."""
    run = bench.one("watched-1")
    expect(page.locator(".facts").first).to_contain_text("已中止")
    expect(page.locator(".state.empty")).to_contain_text(f"{run.by} 于")
    assert page.locator(".verdict").count() == 0
    assert (run.running, run.verdict) == (False, None)
    assert run.aborted is not None
    assert json.loads((run.evidence / "run.json").read_text())["state"] == "broken_off"
    step = read_progress(run.evidence).step
    assert step is not None
    assert step.attempts >= at_least
    assert list(run.evidence.rglob("secrets")) == [], "tokens lie in what is kept"


def test_a_configuration_that_cannot_be_played_ends_with_the_benchs_own_words(
    console_officers: Officers, bench: Runs, keep_state: Keep
) -> None:
    page = console_officers.sign_in("maker", path="/runs")
    press(page, "开始一次检验")
    _ask(page, name="nothing-to-play", only="no-such-case")
    page.wait_for_url("**/run?name=nothing-to-play")
    expect(page.locator(".state.empty")).to_contain_text("没有结论：测试被中断，或配置有误")
    expect(page.locator("pre")).to_contain_text("计划中没有这样的用例")
    keep_state(page, "run-misconfigured-zh")
    assert bench.one("nothing-to-play").verdict is None
    console_officers.open(page, "/runs")
    press(page, "开始一次检验")
    _ask(page, name="nothing-to-play")
    expect_refused(page, "cannot_run", "已有同名的测试")
    assert len(bench.all()) == len({one.name for one in bench.all()})


def _finished(bench: Runs, **asked: str) -> None:
    """These runs (name → target and plan), all at once, until each has its verdict."""
    for name, words in asked.items():
        target, plan = words.split()
        bench.start(name=name, target=target, plan=plan, only=["redeeming-raced"], by="商务局经办")
    deadline = time.monotonic() + 150
    waiting: list[Run] = []
    while time.monotonic() < deadline:
        waiting = [one for name in asked if (one := bench.one(name)).verdict is None]
        if not waiting:
            return
        time.sleep(0.2)
    pytest.fail("\n".join(one.output() for one in waiting))


def test_finished_runs_of_one_plan_stand_beside_each_other_without_a_ranking(
    console_officers: Officers, bench: Runs, keep_state: Keep
) -> None:
    _finished(bench, good="faulty:correct quick", bad="faulty:double-redemption quick", odd="faulty:correct other.toml")
    page = console_officers.sign_in("maker", path="/runs")
    page.get_by_role("link", name="多家对照").click()
    page.wait_for_url("**/comparison")
    page.get_by_role("checkbox", name="good：模拟平台，没有缺陷").click()
    page.get_by_role("checkbox", name="odd：模拟平台，没有缺陷").click()
    press(page, "对照")
    expect(page.get_by_role("alert")).to_contain_text("所选检验的计划不同，不能对照")
    assert page.get_by_role("button", name="生成完整对照表").count() == 0
    keep_state(page, "comparison-other-plan-zh")
    page.get_by_role("checkbox", name="odd：模拟平台，没有缺陷").click()
    page.get_by_role("checkbox", name="bad：模拟平台，同一张券能核销多次").click()
    press(page, "对照")
    page.wait_for_url("**runs=*bad*")
    overall = page.locator("tbody tr", has_text="总体")
    expect(overall).to_be_visible()
    assert [bench.one(name).verdict for name in ("bad", "good")] == ["FAIL", "PASS"]
    heads = page.locator("thead th").all_inner_texts()[2:]
    words = dict(zip(heads, overall.locator("td").all_inner_texts()[1:], strict=True))
    assert words == {"good · 模拟平台，没有缺陷": "通过", "bad · 模拟平台，同一张券能核销多次": "不通过"}
    expect(page.locator("tbody tr", has_text="N4.2.1b")).to_contain_text("按计划分批次发放")
    clause = page.locator("tbody tr").filter(has=page.get_by_role("rowheader", name="N3.2", exact=True))
    cells = [re.sub(r"\d+）", "n）", cell) for cell in clause.locator("td .tag").all_inner_texts()]
    assert cells == ["不通过（选测 1 / n）", "通过（选测 1 / n）"], "a pass by one case of many says so"
    keep_state(page, "comparison-zh")
    console_officers.open(page, "/comparison?runs=bad,good", lang="en")
    expect(page.locator("tbody tr", has_text="Overall")).to_contain_text("Pass")
    press(page, "Make the whole comparison (with curves)")
    link = page.get_by_role("link", name="Open the comparison")
    expect(link).to_be_visible(timeout=60_000)
    keep_state(page, "comparison-made-en")
    made = page.request.get(f"{console_officers.console.base_url}{link.get_attribute('href')}")
    assert made.status == 200
    assert "double-redemption" in made.text()
