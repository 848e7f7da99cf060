"""What the target file says about the merchant account that is tested with, and about the shops."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shop:
    """A merchant that can be paid, with the numbers of its tills."""

    mchid: str
    category: str
    district: str
    tills: frozenset[str]


@dataclass(frozen=True)
class Account:
    """``refund_regimes``: those of the contract that this vendor's refunds can follow. ``shops`` by merchant number."""

    mchid: str
    appid: str
    serial_no: str
    refund_regimes: frozenset[str]
    reopen_delay_ms: int
    simulated_data: bool
    shops: Mapping[str, Shop]

    def within(self, categories: Iterable[str], districts: Iterable[str]) -> list[str]:
        """Merchant numbers of these industries and districts; no districts means the whole city."""
        wanted, places = set(categories), set(districts)
        return [
            shop.mchid
            for shop in self.shops.values()
            if shop.category in wanted and (not places or shop.district in places)
        ]


def account_of(options: Mapping[str, str]) -> Account:
    """Read ``[adapter_options]``. Raises ValueError, naming the option at fault."""
    if missing := [name for name in ("mchid", "appid", "serial_no") if not options.get(name)]:
        raise ValueError(f"favor_stock needs {', '.join(missing)} 缺少参数")
    regimes = frozenset(options.get("refund_regimes", "B").split(","))
    if not regimes <= {"A", "A_PRIME", "B", "C"}:
        raise ValueError("refund_regimes: a list of A, A_PRIME, B, C 取值有误")
    return Account(
        mchid=options["mchid"], appid=options["appid"], serial_no=options["serial_no"], refund_regimes=regimes,
        reopen_delay_ms=int(options.get("reopen_delay_ms", "1000")),
        simulated_data=options.get("simulated_data") == "true", shops=_shops(options.get("shops_csv", "")),
    )  # fmt: skip


def _shops(text: str) -> dict[str, Shop]:
    shops: dict[str, Shop] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        before = shops.get(row["merchant"])
        tills = frozenset({row["till"]}) | (before.tills if before else frozenset())
        shops[row["merchant"]] = Shop(row["merchant"], row["category"], row["district"], tills)
    return shops
