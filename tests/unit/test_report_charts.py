"""The words of a report's charts: whole where there is room, on a second line where there is none."""

import pytest

from voucher_platform.reports.charts.drawing import in_two_lines
from voucher_platform.reports.charts.grid import grid
from voucher_platform.reports.names import name_of


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Cars", ["Cars"]), ("Appliances and home", ["Appliances", "and home"]),
        ("Catering and food", ["Catering and", "food"]), ("餐饮及食品", ["餐饮及食品"]),
        ("文化体育与娱乐业", ["文化体育与娱…"]),
        ("Extraordinarily long", ["Extraordinari…", "long"]),
    ],
)  # fmt: skip
def test_a_name_is_broken_at_a_space_and_cut_only_where_it_has_none(text: str, lines: list[str]) -> None:
    assert in_two_lines(text, 13) == lines


def test_the_head_of_the_coverage_shows_every_industry_whole_in_both_languages() -> None:
    codes = ("daily_goods", "appliances", "catering", "lodging", "cars", "fuel", "culture_sport")
    for language in (0, 1):
        columns = [name_of(code)[language] for code in codes]
        drawn = grid("x", ["Luocheng"], columns, {(0, at): 1 for at in range(len(columns))})
        assert "…" not in drawn
