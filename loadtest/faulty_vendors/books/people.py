"""Who is one person: accounts that share an id number or a card, also by way of a third account."""

import hmac
from collections import defaultdict
from collections.abc import Callable

import msgspec

from loadtest.faulty_vendors.books.rows import AccountRow
from loadtest.faulty_vendors.books.store import Store


def mark(secret: bytes, kind: str, number: str) -> str:
    """A keyed hash of a number: it recognises the number again and does not tell it."""
    return f"{kind}:{hmac.digest(secret, f'{kind}:{number}'.encode(), 'sha256').hex()[:32]}"


class People:
    """Accounts by name, and which of them are one person."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._person_of_mark: dict[str, str] = {}
        self._accounts_of: dict[str, list[str]] = defaultdict(list)
        store.watch(AccountRow, self._enter)

    def _enter(self, old: AccountRow | None, new: AccountRow) -> None:
        if old is not None:
            self._accounts_of[old.person].remove(new.account)
        self._accounts_of[new.person].append(new.account)
        for one in new.marks:
            self._person_of_mark[one] = new.person

    def account(self, name: str) -> AccountRow | None:
        """The account, or None."""
        return self._store.find(AccountRow, name)

    def person_of(self, account: str) -> str:
        """The person an account belongs to."""
        return self._store.row(AccountRow, account).person

    def accounts_of(self, person: str) -> tuple[str, ...]:
        """All accounts of a person."""
        return tuple(self._accounts_of[person])

    def enter(
        self, *, account: str, marks: tuple[str, ...], device: str, home: str, new_person: Callable[[], str]
    ) -> AccountRow:
        """Register an account, or what is new about one; persons that it shows to be one become one."""
        known = self.account(account)
        all_marks = tuple(dict.fromkeys((*(known.marks if known else ()), *marks)))
        persons = sorted(
            {self._person_of_mark[one] for one in all_marks if one in self._person_of_mark}
            | ({known.person} if known else set())
        )
        person = persons[0] if persons else new_person()
        for other in persons[1:]:
            for name in self.accounts_of(other):
                self._store.put(msgspec.structs.replace(self._store.row(AccountRow, name), person=person))
        row = AccountRow(account, person, all_marks, device, home)
        self._store.put(row)
        return row
