"""Bugs planted into the real source, to see that the simulator finds them.

A bug is one passage of a file written otherwise. It is planted by giving the functions concerned the code that the
changed source compiles to, and taken out again; a passage that is not there any more fails loudly.
"""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any


@dataclass(frozen=True)
class Change:
    """``old`` stands exactly once in the source of ``module``; the bug says ``new`` instead."""

    module: str
    old: str
    new: str


@dataclass(frozen=True)
class Planted:
    """A bug by name."""

    name: str
    changes: tuple[Change, ...]


@contextmanager
def planted(bug: Planted) -> Iterator[None]:
    """The product, or a port of its scripts and statements, with ``bug`` in it."""
    healthy: list[tuple[FunctionType, CodeType]] = []
    try:
        for change in bug.changes:
            healthy += _plant(change)
        yield
    finally:
        for function, code in reversed(healthy):
            function.__code__ = code


def _plant(change: Change) -> list[tuple[FunctionType, CodeType]]:
    module = importlib.import_module(change.module)
    path = Path(str(module.__file__))
    source = path.read_text(encoding="utf-8")
    assert source.count(change.old) == 1, (
        f"{change.module}: {change.old!r} stands there {source.count(change.old)} times"
    )
    sick: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(source.replace(change.old, change.new), str(path), "exec"), sick)
    twins = _functions(sick, module.__name__)
    touched = []
    for name, function in _functions(vars(module), module.__name__).items():
        twin = twins[name]
        if twin.__code__.co_code != function.__code__.co_code or twin.__code__.co_consts != function.__code__.co_consts:
            touched.append((function, function.__code__))
            function.__code__ = twin.__code__
    assert touched, f"{change.module}: no function has changed"
    return touched


def _functions(names: dict[str, Any], module: str) -> dict[str, FunctionType]:
    """Every function and method that a module defines, by its qualified name."""
    found = {}
    for value in names.values():
        own = getattr(value, "__module__", None) == module
        for one in [value, *(vars(value).values() if own and inspect.isclass(value) else ())]:
            function = inspect.unwrap(one) if inspect.isfunction(one) else None
            if isinstance(function, FunctionType) and function.__module__ == module:
                found[function.__qualname__] = function
    return found


_CLAIMS = "voucher_platform.claims"
_LUA, _SQL = "tests.simulation.lua_ports", "tests.simulation.sql_ports"

# Found by a schedule that is told step by step: a seed would have to be lucky.
OLD_FLAG = Planted("a process that stood still speaks from its old flag", (Change(
    f"{_CLAIMS}.sold_out",
    "not flag.winners.knows(person_id) and self._up_to_date()",
    "not flag.winners.knows(person_id)",
),))  # fmt: skip
BUGS = (
    Planted("reply before commit", (Change(
        f"{_CLAIMS}.course",
        """        if not await ticket.within(self._left()):
            return None
        settled = ticket.result()
""",
        """        from types import SimpleNamespace

        await asyncio.sleep(0)
        return ClaimResult(self._terms, SimpleNamespace(id=win.voucher_id, seq=win.seq, nth=win.nth, code=win.code))
        settled = ticket.result()
""",
    ),)),
    Planted("missing UNIQUE", (Change(
        _SQL,
        """        if taken.isdisjoint(names):
""",
        """        if True:
""",
    ),)),
    Planted("trim before commit", (Change(
        f"{_CLAIMS}.journal",
        """        batches: dict[str, list[Win]] = defaultdict(list)
""",
        """        batches: dict[str, list[Win]] = defaultdict(list)
        checked(await servers.of[shard].ask(["XDEL", keys.journal_key(shard), *[entry[0] for entry in entries]]))
""",
    ),)),
    Planted("epoch not checked in SQL", (Change(
        _SQL,
        '    if stock is None or stock.epoch != p["epoch"]:\n',
        "    if stock is None:\n",
    ),)),
    Planted("run id not checked", (
        Change(f"{_CLAIMS}.hot_line", "if run_id is not None and run_id != self.run_id:", "if run_id == 0:"),
        Change(_LUA, """    meta = store.hash(keys[0])
    if meta.get(b"epoch") != argv[0] or meta.get(b"run_id") != argv[1]:
        return [b"stale"]
""", """    meta = store.hash(keys[0])
    if meta.get(b"epoch") != argv[0]:
        return [b"stale"]
"""),
        Change(
            f"{_CLAIMS}.opening", "any(list(metas[s]) != [word, run_ids[s]] for s in _ALL)",
            "any(list(metas[s])[:1] != [word] for s in _ALL)",
        ),
    )),
    Planted("janitor not idempotent", (Change(
        _SQL,
        "    _set_stock(tx, stock._replace(issued=stock.issued + len(inserted)))\n",
        "    _set_stock(tx, stock._replace(issued=stock.issued + len(_asked_rows(p))))\n",
    ),)),
    Planted("sold-out flag without the winner set", (Change(
        f"{_CLAIMS}.winners",
        "        return at < len(piece) and piece[at] == mark\n",
        "        return False\n",
    ),)),
    Planted("sold out before the commit watermark", (Change(
        f"{_CLAIMS}.course",
        "        if await self._means.sold_out.confirmed(self._terms.id, min(self._left(), _SLICE_SECONDS)):\n",
        "        if True:\n",
    ),)),
    Planted("a lost reply is taken for a command not executed", (Change(
        f"{_CLAIMS}.course",
        """        if verdict.kind in ("won", "repeat", "lost"):
""",
        """        if verdict.kind in ("won", "repeat"):
""",
    ),)),
    Planted("a rebuild leaves the stock rows under an old epoch", (Change(
        f"{_CLAIMS}.rebuild",
        'text("UPDATE batch_stock SET epoch = :epoch"), {"epoch": epoch}',
        'text("UPDATE batch_stock SET epoch = :epoch"), {"epoch": epoch - 1}',
    ),)),
    Planted("a refresh of the stock that fails is not tried again", (Change(
        f"{_CLAIMS}.stocking",
        "                await asyncio.sleep(_AGAIN_SECONDS)\n",
        "                return\n",
    ),)),
    Planted("release is not idempotent", (Change(
        _LUA,
        """    if len(kept) == len(records):
        return b"absent"
""",
        "",
    ),)),
    Planted("the flag is not lowered when stock comes back", (Change(
        f"{_CLAIMS}.sold_out",
        "self._flags = {b: flag for b, flag in self._flags.items() if flag.version >= self._catalogue.version}",
        "return",
    ),)),
    Planted("slots of void vouchers are not given back", (Change(
        f"{_CLAIMS}.giving_back",
        "    if len(rows) <= int(counted):\n",
        "    if len(rows) <= int(counted) + 1:\n",
    ),)),
    Planted("the limit of a person is not counted", (Change(
        _LUA, "        elif held >= int(limit):\n", "        elif held > int(limit):\n",
    ),)),
    Planted("a repeat is judged like a first request", (Change(
        _LUA, "        if known is not None:\n", "        if known is not None and free:\n",
    ),)),
)  # fmt: skip
