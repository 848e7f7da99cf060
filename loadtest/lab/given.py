"""What a vendor hands over by file where its platform has no sandbox: people with their tokens, shops with tills."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from loadtest.agreed.reading import ConfigurationError
from loadtest.lab.line import Caller, Line, NotApplicable
from loadtest.lab.staff import CannotPlay, Crowd, Shop

PEOPLE_HEADER = ("person", "token")
SHOPS_HEADER = ("merchant", "name", "category", "district", "till", "token")
_FACTS_ZH = {"account": "账号", "device": "设备", "id_number": "证件号码", "phone": "手机号"}


class GivenFacts(dict[str, str]):
    """Facts of somebody of a file. A case that needs one that no file gives cannot be asked here."""

    def __missing__(self, fact: str) -> str:
        raise NotApplicable(f"用户由文件提供，其中没有{_FACTS_ZH.get(fact, fact)}")


class GivenCrowd(Crowd):
    """The people of a file: nobody is handed out twice, and no two strangers are one natural person."""

    def __init__(self, line: Line, operator: Caller, accounts: Iterable[Caller]) -> None:
        super().__init__(line, operator)
        persons: dict[str, list[Caller]] = defaultdict(list)
        for account in accounts:
            persons[account.facts["person"]].append(account)
        self._persons = sorted(persons.values(), key=len, reverse=True)  # from the end: those with one account first

    async def fill(self, count: int) -> None:
        """Nothing to do: everybody is there already."""

    async def take(self) -> Caller:
        """Somebody nobody else of this run has. Raises CannotPlay when the file is used up."""
        return (await self.take_many(1))[0]

    async def take_many(self, count: int) -> list[Caller]:
        """So many strangers. Raises CannotPlay when there are not so many left."""
        if len(self._persons) < count:
            raise CannotPlay(f"文件中的用户不够用：还需 {count} 人，只剩 {len(self._persons)} 人")
        return [self._persons.pop()[0] for _ in range(count)]

    async def take_accounts(self, count: int) -> list[Caller]:
        """So many accounts of one person. Raises NotApplicable when nobody of the file has so many."""
        fitting = [person for person in self._persons if len(person) >= count]
        if not fitting:
            raise NotApplicable(f"文件中没有一人持有 {count} 个账号的用户")
        person = min(fitting, key=len)
        self._persons.remove(person)
        return person[:count]


def people_of(text: str) -> list[Caller]:
    """Callers of a CSV ``person,token`` (S-13). Raises ConfigurationError."""
    rows = _rows(text, PEOPLE_HEADER, "people_csv")
    return [
        Caller(f"person-{number}", row["token"], GivenFacts(person=row["person"])) for number, row in enumerate(rows, 1)
    ]


def shops_of(text: str) -> list[Shop]:
    """Shops of a CSV, one line a till: ``merchant,name,category,district,till,token``. Raises ConfigurationError."""
    tills: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in _rows(text, SHOPS_HEADER, "shops_csv"):
        tills[row["merchant"]].append(row)
    return [_shop(merchant, rows) for merchant, rows in tills.items()]


def _shop(merchant: str, rows: Sequence[Mapping[str, str]]) -> Shop:
    first = rows[0]
    callers = tuple(Caller(f"merchant-{row['till']}", row["token"], {"till": row["till"]}) for row in rows)
    numbers = tuple(row["till"] for row in rows)
    return Shop(merchant, "", first["name"], first["category"], first["district"], numbers, callers)


def _rows(text: str, header: Sequence[str], field: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    if reader.fieldnames is None or not set(header) <= set(reader.fieldnames):
        raise ConfigurationError(f"credentials.{field}: the header must be {','.join(header)} 表头不符")
    rows = []
    for number, row in enumerate(reader, 2):
        values = {name: (row[name] or "").strip() for name in header}
        if not all(values.values()):
            raise ConfigurationError(f"credentials.{field}: line {number} lacks a value 第 {number} 行有空格")
        rows.append(values)
    return rows
