"""A vendor's honest exports from a seed, by a model of its own: people claim, redeem, take back; figures counted."""

import csv
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
BEIJING = ZoneInfo("Asia/Shanghai")
OPENS = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
CATEGORIES = {"餐饮": "catering", "百货": "daily_goods", "家电": "appliances"}
DISTRICTS = ("雒城街道", "三水镇", "向阳镇")


@dataclass(frozen=True)
class Kind:
    """A batch: amounts in fen."""

    id: str
    face: int
    threshold: int
    quota: int
    category: str
    districts: tuple[str, ...]
    regime: str


KINDS = (
    Kind("C100", 3_000, 10_000, 120, "餐饮", (), "B"),
    Kind("R200", 5_000, 20_000, 90, "百货", ("雒城街道", "三水镇"), "A"),
    Kind("E1000", 10_000, 100_000, 30, "家电", (), "A_PRIME"),
)


@dataclass
class Exports:
    """Rows by table, as the vendor's files hold them; times without zone, amounts in yuan with two decimals."""

    claims: list[Row] = field(default_factory=list)
    redemptions: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    merchants: list[Row] = field(default_factory=list)
    t1: list[Row] = field(default_factory=list)

    def write(self, folder: Path, encoding: str = "utf-8-sig") -> Path:
        """One CSV a table and mapping.toml beside them; returns the mapping's path."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("claims", "redemptions", "refunds", "merchants", "t1"):
            rows: list[Row] = getattr(self, name)
            with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        path = folder / "mapping.toml"
        path.write_text(mapping_text(), encoding="utf-8")
        return path


def yuan(fen: int) -> str:
    """12345 → 123.45"""
    return f"{fen // 100}.{fen % 100:02}"


def told(at: datetime) -> str:
    """A time as the files hold it."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def honest(seed: int = 1, shops: int = 18) -> Exports:
    """Nothing in them contradicts anything else."""
    random_ = random.Random(seed)
    out = Exports()
    for number in range(shops):
        out.merchants.append({
            "商户号": f"M{number:03}", "名称": f"模拟商户{number}", "行业": list(CATEGORIES)[number % 3],
            "镇街": DISTRICTS[number // 3 % 3], "规模": "限上商贸" if number % 2 else "限下样本", "状态": "正常",
            "暂停自": "",
        })  # fmt: skip
    for kind in KINDS:
        _issue(out, kind, random_)
    out.claims.sort(key=lambda row: row["领取时间"])
    for claim in list(out.claims):
        if claim["状态"] == "有效" and random_.random() < 0.7:
            _redeem(out, claim, random_)
    out.redemptions.sort(key=lambda row: row["核销时间"])
    _report(out)
    return out


def _issue(out: Exports, kind: Kind, random_: random.Random) -> None:
    """The quota plus what was voided and issued again."""
    for number in range(kind.quota + 4):
        void = number < 4
        at = OPENS + timedelta(seconds=number // 7 if void else 60 + number // 3)
        person = 1_000 + number
        out.claims.append({
            "券码": f"{kind.id}{random_.randrange(10**12):012}", "券种": kind.id, "用户": f"U{person}",
            "证件": f"99999919800101{person:04}", "领取时间": told(at), "面额": yuan(kind.face),
            "状态": "作废" if void else "有效", "作废时间": told(at + timedelta(seconds=20)) if void else "",
        })  # fmt: skip


def _redeem(out: Exports, claim: Row, random_: random.Random) -> None:
    kind = next(kind for kind in KINDS if kind.id == claim["券种"])
    shops = [
        shop
        for shop in out.merchants
        if shop["行业"] == kind.category and (not kind.districts or shop["镇街"] in kind.districts)
    ]
    day = random_.randrange(0, 5)
    at = datetime(2026, 3, 2, 11, tzinfo=BEIJING) + timedelta(days=day, seconds=random_.randrange(8 * 3_600))
    promotion, extra = random_.choice((0, 0, 500)), random_.randrange(0, 9_000)
    platform = random_.choice((0, 0, 100))
    payable = kind.threshold + extra
    row = {
        "核销单": f"H{len(out.redemptions):06}", "券码": claim["券码"], "商户号": random_.choice(shops)["商户号"],
        "订单号": f"D{len(out.redemptions):06}", "核销时间": told(at), "订单总额": yuan(payable + promotion),
        "商家优惠": yuan(promotion), "平台优惠": yuan(platform), "应付": yuan(payable), "券抵扣": yuan(kind.face),
        "实付": yuan(payable - kind.face - platform),
    }  # fmt: skip
    out.redemptions.append(row)
    if random_.random() < 0.15:
        _refund(out, row, kind, at, random_)


def _refund(out: Exports, row: Row, kind: Kind, at: datetime, random_: random.Random) -> None:
    """Whole, or in up to three parts that may leave a rest; parts by the running total."""
    payable, paid, platform = (_fen(row[name]) for name in ("应付", "实付", "平台优惠"))
    whole = random_.random() < 0.4
    amounts = [payable] if whole else [random_.randrange(1, payable // 4) for _ in range(random_.randrange(1, 4))]
    done, before = 0, (0, 0)
    for number, amount in enumerate(amounts):
        done += amount
        user = (2 * done * paid + payable) // (2 * payable)
        of_platform = (done - user) * platform // (kind.face + platform)
        parts = (user - before[0], of_platform - before[1])
        before = (user, of_platform)
        voucher = amount - sum(parts)
        fund = 0 if kind.regime == "A" and not whole else voucher
        out.refunds.append({
            "退款单": f"T{len(out.refunds):05}", "核销单": row["核销单"], "退款金额": yuan(amount),
            "退用户": yuan(parts[0]), "退券额": yuan(voucher), "退平台": yuan(parts[1]), "退财政": yuan(fund),
            "退款时间": told(at + timedelta(hours=20 * (number + 1))),
            "券退回": "是" if whole and kind.regime != "B" else "否",
        })  # fmt: skip


def _fen(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 100 + int(fraction)


@dataclass
class Line:
    """One line of the report, counted here with plain loops. Money in fen."""

    redemptions: int = 0
    redeemed: int = 0
    spent: int = 0
    refunded: int = 0
    people: set[str] = field(default_factory=set)
    shops: set[str] = field(default_factory=set)


def _report(out: Exports) -> None:
    """A line a day and a line for all so far, in total and by industry."""
    category = {shop["商户号"]: shop["行业"] for shop in out.merchants}
    sold = {row["核销单"]: category[row["商户号"]] for row in out.redemptions}
    person = {claim["券码"]: claim["证件"] for claim in out.claims}
    for day, period in product((date(2026, 3, 2) + timedelta(days=number) for number in range(7)), ("当日", "累计")):
        lines = {key: Line() for key in (("总体", ""), *(("分行业", name) for name in CATEGORIES))}
        for row in (row for row in out.redemptions if _within(row["核销时间"], day, period)):
            _count(lines["总体", ""], row, person)
            _count(lines["分行业", category[row["商户号"]]], row, person)
        for row in (row for row in out.refunds if _within(row["退款时间"], day, period)):
            lines["总体", ""].refunded += _fen(row["退券额"])
            lines["分行业", sold[row["核销单"]]].refunded += _fen(row["退券额"])
        claims = [row for row in out.claims if _within(row["领取时间"], day, period)]
        for (dimension, name), line in lines.items():
            place = {"日期": day.isoformat(), "维度": dimension, "行业": name, "期间": period}
            out.t1.append(place | _issued(claims, dimension) | _printed(line) | {"报送": _delivered(day)})


def _within(at: str, day: date, period: str) -> bool:
    return at[:10] == day.isoformat() if period == "当日" else at[:10] <= day.isoformat()


def _count(line: Line, row: Row, person: dict[str, str]) -> None:
    line.redemptions += 1
    line.redeemed += _fen(row["券抵扣"])
    line.spent += _fen(row["订单总额"])
    line.people.add(person[row["券码"]])
    line.shops.add(row["商户号"])


def _issued(claims: list[Row], dimension: str) -> Row:
    if dimension != "总体":
        return {"发放张数": "", "抢到人数": ""}
    return {"发放张数": str(len(claims)), "抢到人数": str(len({row["证件"] for row in claims}))}


def _printed(line: Line) -> Row:
    return {
        "核销笔数": str(line.redemptions), "核销金额": yuan(line.redeemed), "订单总额": yuan(line.spent),
        "退款券额": yuan(line.refunded), "核销人数": str(len(line.people)), "商户数": str(len(line.shops)),
        "拉动比": f"{line.spent / line.redeemed:.2f}" if line.redeemed else "-",
    }  # fmt: skip


def _delivered(day: date) -> str:
    return f"{day + timedelta(days=1)} 08:00:00"


def mapping_text() -> str:
    """The mapping of these files."""
    batches = "\n".join(
        f"""[[batch]]
id = "{kind.id}"
round = "第一轮"
face_fen = {kind.face}
threshold_fen = {kind.threshold}
quota = {kind.quota}
categories = ["{CATEGORIES[kind.category]}"]
districts = [{", ".join({"雒城街道": '"510681001"', "三水镇": '"510681101"'}[name] for name in kind.districts)}]
claim_opens_at = 2026-03-02T10:00:00+08:00
claim_closes_at = 2026-03-02T20:00:00+08:00
valid_from = 2026-03-02T10:00:00+08:00
valid_until = 2026-03-08T00:00:00+08:00
per_person_limit = 1
refund_regime = "{kind.regime}"
refund_days = 30
"""
        for kind in KINDS
    )
    return f"""vendor = "模拟平台"
{_FILES}
{batches}"""


_FILES = """
[agreed]
refund_split = "running_total"
most_refunds_per_order = 50
least_paid_fen = 1

[agreed.terms]
t1_by = "09:00"

[codes.category]
"餐饮" = "catering"
"百货" = "daily_goods"
"家电" = "appliances"

[codes.status]
"正常" = "admitted"

[claims]
files = "claims.csv"
[claims.columns]
voucher = "券码"
batch = "券种"
account = "用户"
id_number = "证件"
claimed_at = "领取时间"
face = "面额"
state = "状态"
voided_at = "作废时间"

[redemptions]
files = "redemptions.csv"
[redemptions.columns]
redemption = "核销单"
voucher = "券码"
merchant = "商户号"
order_no = "订单号"
redeemed_at = "核销时间"
order_total = "订单总额"
merchant_discount = "商家优惠"
platform_discount = "平台优惠"
payable = "应付"
voucher_amount = "券抵扣"
paid = "实付"

[refunds]
files = "refunds.csv"
[refunds.columns]
refund = "退款单"
redemption = "核销单"
amount = "退款金额"
user_part = "退用户"
voucher_part = "退券额"
platform_part = "退平台"
fund_part = "退财政"
refunded_at = "退款时间"
voucher_returned = "券退回"

[merchants]
files = "merchants.csv"
[merchants.columns]
merchant = "商户号"
name = "名称"
category = "行业"
district = "镇街"
size_class = "规模"
status = "状态"
suspended_from = "暂停自"

[t1]
files = "t1.csv"
columns = {day = "日期", dimension = "维度", key = "行业", period = "期间", delivered_at = "报送"}
time_format = "iso"
[t1.indicators]
issued_vouchers = "发放张数"
claimants = "抢到人数"
redemptions = "核销笔数"
redeemed_fen = "核销金额"
order_total_fen = "订单总额"
refund_voucher_fen = "退款券额"
redeemers = "核销人数"
merchants = "商户数"
leverage_gross = "拉动比"
"""
