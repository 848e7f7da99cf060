"""Numbers and times as officers write and read them. Pure: money is integer fen on the inside, yuan only on screen."""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "UTC+8")
_YUAN = re.compile(r"^([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]{1,2})?$")
_POINTS = re.compile(r"^-?[0-9]{1,6}(\.[0-9]{1,6})?$")
_REFERENCE = re.compile(r"^[A-Za-z0-9_./-]{1,64}$")
_COUNT = re.compile(r"^([0-9]{1,3}(,[0-9]{3})+|[0-9]+)$")


class BadInput(ValueError):
    """What somebody typed is no such figure; ``zh`` and ``en`` say what is expected."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def yuan(fen: int) -> str:
    """Fen as yuan, exact to the fen: 123456 → ``¥1,234.56``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{rest:02d}"


def fen_of(text: str) -> int:
    """Yuan as typed → fen. Raises BadInput: more than two decimals are never rounded away."""
    cleaned = text.strip().removeprefix("¥").strip().replace("，", ",")
    if not _YUAN.match(cleaned):
        raise BadInput("请填写金额（元），最多两位小数，如 1234.50", "Give an amount in yuan, such as 1234.50")
    whole, _, rest = cleaned.replace(",", "").partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def reference_of(text: str) -> str:
    """An account or a bank's number as typed; slips print them in groups, so blanks do not count. Raises BadInput."""
    joined = "".join(unicodedata.normalize("NFKC", text).split())
    if not _REFERENCE.match(joined):
        raise BadInput(
            "只能用字母、数字和 _ . / -，最多 64 个字符",
            "Letters, digits and _ . / - only, at most 64 characters",
        )
    return joined


def count(number: int) -> str:
    """A whole number with separators."""
    return f"{number:,}"


def count_of(text: str) -> int:
    """A whole number as typed. Raises BadInput."""
    cleaned = text.strip().replace("，", ",")
    if not _COUNT.match(cleaned):
        raise BadInput("请填写整数", "Give a whole number")
    return int(cleaned.replace(",", ""))


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; a dash where there is nothing to take a share of."""
    return f"{100 * part / whole:.1f}%" if whole else "—"


def moment(at: datetime | None) -> str:
    """A time on Beijing's clock to the second; a dash for none."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else "—"


def minute(at: datetime) -> str:
    """A time on Beijing's clock to the minute."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def day_of(at: datetime) -> date:
    """The day on Beijing's calendar to which a time belongs."""
    return at.astimezone(BEIJING).date()


def clock(at: datetime) -> str:
    """The time of day on Beijing's clock."""
    return at.astimezone(BEIJING).strftime("%H:%M:%S")


def moment_of(text: str) -> datetime:
    """What a date and time field holds, on Beijing's clock. Raises BadInput."""
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("请填写日期和时间", "Give a date and a time") from None
    return typed if typed.tzinfo else typed.replace(tzinfo=BEIJING)


def field_moment(at: datetime) -> str:
    """A time as a date and time field takes it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def field_second(at: datetime) -> str:
    """As ``field_moment``, to the second: for a receipt that may be late by one."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M:%S")


def points_of(text: str) -> int | float:
    """A judge's points as typed. Raises BadInput; how many are allowed is said by whoever knows the notice."""
    cleaned = unicodedata.normalize("NFKC", text).strip()  # a Chinese keyboard types ２６．５ as easily
    if not _POINTS.match(cleaned):
        raise BadInput("请填写分数，如 26.5", "Give points, such as 26.5")
    return float(cleaned) if "." in cleaned else int(cleaned)
