"""Coded cells: category, district, size class, state … by the mapping's own table, else by the contract's words."""

from collections.abc import Mapping, Sequence

import numpy as np

from loadtest.vendor_files.cells.numbers import MISSING, Ints
from voucher_contract.indicators import INDICATORS
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS, SIZE_CLASS_NAMES

_PLAIN: dict[str, dict[str, str]] = {
    "category": CATEGORY_NAMES,
    "district": DISTRICTS,
    "size_class": SIZE_CLASS_NAMES,
    "state": {"live": "有效", "void": "作废"},
    "status": {"admitted": "已准入", "not_admitted": "未准入", "suspended": "已暂停"},
    "yes_no": {"yes": "是", "no": "否"},
    "period": {"day": "当日", "cumulative": "累计"},
    "dimension": {
        "total": "总体", "industry": "分行业", "district": "分区域", "size_class": "分规模类型", "batch": "分券种",
        "round": "分批次",
    },
    "indicator": {name: indicator.definition.title_zh for name, indicator in INDICATORS.items()},
}  # fmt: skip
CODES: dict[str, tuple[str, ...]] = {table: tuple(words) for table, words in _PLAIN.items()}
"""Every code by its table; a cell becomes the code's place in it."""
IGNORED = "ignore"
"""What a mapping writes for values of an indicator or dimension that are not to be judged."""


def code_zh(table: str, number: int) -> str:
    """A code in Chinese."""
    return list(_PLAIN[table].values())[number]


class CodeTable:
    """Numbers of one table's words: the mapping's, the codes themselves, their Chinese names."""

    def __init__(self, table: str, own: Mapping[str, str]) -> None:
        self.table = table
        numbers = {code: at for at, code in enumerate(CODES[table])}
        self.wrong_codes = sorted({code for code in own.values() if code not in numbers and code != IGNORED})
        self._numbers = {name: numbers[code] for code, name in _PLAIN[table].items()} | numbers
        self._numbers |= {word: numbers.get(code, MISSING) for word, code in own.items()}

    def number(self, cells: Sequence[str]) -> tuple[Ints, set[str]]:
        """The number of each cell, MISSING where empty, and the words that no table explains."""
        known = self._numbers
        unknown = {cell for cell in set(cells) if cell and cell not in known}
        return np.array([known.get(cell, MISSING) for cell in cells], dtype=np.int64), unknown
