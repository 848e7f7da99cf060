"""The tables of SPEC.md, made from the code: ``python -m voucher_contract.spec_tables`` writes them between markers."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from voucher_contract.indicators import INDICATORS
from voucher_contract.models.common import (
    CATEGORY_NAMES,
    DISTRICTS,
    SIZE_CLASS_NAMES,
    ProblemDetail,
    RefundRegime,
    Role,
    Wire,
)  # fmt: skip
from voucher_contract.models.vouchers import ClaimPending
from voucher_contract.refusals import REFUSALS, Refusal
from voucher_contract.routes import ROUTES, Route

SPEC = Path(__file__).with_name("SPEC.md")
_BLOCK = re.compile(r"<!-- table:(?P<name>[a-z_]+) -->\n.*?<!-- end -->", re.DOTALL)


def fill(spec: str) -> str:
    """``spec`` with every marked table made anew. Raises ``KeyError`` for a table nobody makes."""
    return _BLOCK.sub(lambda block: f"<!-- table:{block['name']} -->\n{TABLES[block['name']]()}\n<!-- end -->", spec)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(header), *map(tuple, rows)]
    lines.insert(1, ("---",) * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(word: str) -> str:
    return f"`{word}`"


def _routes() -> str:
    return _table(
        ("operation", "address", "名称", "roles", "capability", "key", "body", "reply"),
        (
            (
                _code(route.name), _code(f"{route.method} {route.path}"), route.title_zh,
                ", ".join(route.roles) or "public", _code(route.capability) if route.capability else "—",
                "yes" if route.keyed else "—", _body(route), _reply(route),
            )
            for route in ROUTES.values()
        ),
    )  # fmt: skip


def _body(route: Route) -> str:
    if route.body is not None:
        return _code(route.body.__name__)
    return "file: " + ", ".join(map(_code, route.accepts)) if route.accepts else "—"


def _reply(route: Route) -> str:
    kinds = [kind for kind in route.returns if kind != "application/json"]
    model = [_code(route.reply.__name__)] if route.reply is not None else []
    return f"{route.status} " + ", ".join([*model, *map(_code, kinds)])


def _orders() -> str:
    return _table(
        ("operation", "own refusals, in the order in which they are judged"),
        (
            (_code(route.name), " → ".join(_code(refusal.code) for refusal in route.refusals))
            for route in ROUTES.values()
            if route.refusals
        ),
    )


def _shared() -> str:
    """Where the shared refusals hold, asked of the routes themselves."""
    routes = list(ROUTES.values())
    own = {(route.name, refusal.code) for route in routes for refusal in route.refusals}
    found: dict[str, list[Route]] = {}
    for route in routes:
        for refusal in route.all_refusals:
            if (route.name, refusal.code) not in own:
                found.setdefault(refusal.code, []).append(route)
    return _table(
        ("code", "operations it may come from"), ((_code(code), _which(some)) for code, some in found.items())
    )


def _which(some: list[Route]) -> str:
    if len(some) == len(ROUTES):
        return "all"
    kinds = {
        "all that are not public": [route for route in ROUTES.values() if route.roles],
        "all with an `Idempotency-Key`": [route for route in ROUTES.values() if route.keyed],
        "all with a JSON body": [route for route in ROUTES.values() if route.body],
        "all with a body": [route for route in ROUTES.values() if route.body or route.accepts],
    }
    words = [word for word, routes in kinds.items() if [x.name for x in routes] == [x.name for x in some]]
    return words[0] if words else ", ".join(_code(route.name) for route in some)


def _refusals() -> str:
    def row(refusal: Refusal) -> tuple[str, ...]:
        retryable = "yes" if refusal.retryable else "no"
        return _code(refusal.code), str(refusal.status), retryable, refusal.zh, refusal.en

    return _table(("code", "status", "retryable", "中文", "English"), map(row, REFUSALS.values()))


def _models() -> str:
    """Fields of every wire model that a route uses, those nested in them included."""
    seen: dict[str, type[Wire]] = {}
    for route in ROUTES.values():
        for model in (route.body, route.reply):
            if model is not None:
                _collect(model, seen)
    for apart in (ClaimPending, ProblemDetail):
        seen[apart.__name__] = apart
    return _table(("model", "fields (? may be left out or null)"), ((_code(n), _fields(m)) for n, m in seen.items()))


def _collect(model: object, seen: dict[str, type[Wire]]) -> None:
    if isinstance(model, type) and issubclass(model, Wire):
        if model.__name__ in seen:
            return
        seen[model.__name__] = model
        for field in model.model_fields.values():
            _collect(field.annotation, seen)
    for part in get_args(model):
        _collect(part, seen)


def _fields(model: type[Wire]) -> str:
    return ", ".join(
        _code(name) + ("" if field.is_required() and type(None) not in get_args(field.annotation) else "?")
        for name, field in model.model_fields.items()
    )


def _indicators() -> str:
    return _table(
        ("indicator", "指标", "unit", "exists in", "formula"),
        (
            (
                _code(x.name), x.definition.title_zh, x.definition.unit, ", ".join(x.dimensions),
                x.definition.formula_en,
            )
            for x in INDICATORS.values()
        ),
    )  # fmt: skip


def _codes() -> str:
    lists = {
        "roles": dict.fromkeys(get_args(Role), ""),
        "refund regimes": dict.fromkeys(get_args(RefundRegime), ""),
        "categories": CATEGORY_NAMES,
        "size classes": SIZE_CLASS_NAMES,
        "districts": DISTRICTS,
    }
    return _table(
        ("list", "codes"),
        (
            (name, ", ".join(f"{_code(code)} {zh}".rstrip() for code, zh in codes.items()))
            for name, codes in lists.items()
        ),
    )


TABLES = {
    "routes": _routes, "orders": _orders, "shared": _shared, "refusals": _refusals, "models": _models,
    "indicators": _indicators, "codes": _codes,
}  # fmt: skip

if __name__ == "__main__":
    SPEC.write_text(fill(SPEC.read_text(encoding="utf-8")), encoding="utf-8")
