"""The tables in memory, and the one way to change them: put row images, then seal them as one act."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

from loadtest.faulty_vendors.books.journal import Journal
from loadtest.faulty_vendors.books.rows import Row

SomeRow = TypeVar("SomeRow", bound=Row)
Watcher = Callable[[Any, Any], None]


class Shelf:
    """Keys in order, each once."""

    def __init__(self) -> None:
        self._keys: list[Any] = []

    def add(self, key: Any) -> None:
        """Put a new key in its place; keys that grow with time cost an append."""
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def after(self, cursor: Any) -> Iterator[Any]:
        """All keys greater than ``cursor``; all of them for None."""
        first = 0 if cursor is None else bisect_right(self._keys, cursor)
        return islice(self._keys, first, None)

    def __len__(self) -> int:
        return len(self._keys)


class Store:
    """Tables by row type. ``watch`` is told (old image or None, new image) of every change, replayed ones included."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tables: dict[type[Row], dict[Any, Any]] = defaultdict(dict)
        self._shelves: dict[tuple[type[Row], str], Shelf] = defaultdict(Shelf)
        self._watchers: dict[type[Row], list[Watcher]] = defaultdict(list)
        self._unsealed: list[Row] = []

    def watch(self, kind: type[Row], watcher: Watcher) -> None:
        """Tell ``watcher`` of every image of ``kind`` from now on."""
        self._watchers[kind].append(watcher)

    def shelve(self, kind: type[Row], *owners: str) -> None:
        """Keep keys of ``kind`` in order: all of them, and those of each value of the fields ``owners``."""

        def enter(old: Row | None, new: Row) -> None:
            if old is None:
                for owner in ("", *(f"{name}={getattr(new, name)}" for name in owners)):
                    self._shelves[kind, owner].add(new.key)

        self.watch(kind, enter)

    def replay(self) -> None:
        """Read the journal from the start."""
        for rows in self._journal.read():
            for row in rows:
                self._take(row)

    def put(self, row: Row) -> None:
        """Take a new image. Every check of an act stands before its first ``put``: nothing is ever taken back."""
        self._take(row)
        self._unsealed.append(row)

    def seal(self) -> None:
        """Write everything put since the last time as one act; a reply may only leave after this."""
        if self._unsealed:
            rows, self._unsealed = self._unsealed, []
            self._journal.append(rows)

    def unsealed(self) -> list[Row]:
        """Take what has been put and is not written, to write it later: only a vendor that cheats does that."""
        rows, self._unsealed = self._unsealed, []
        return rows

    def write(self, rows: list[Row]) -> None:
        """Write what ``unsealed`` gave."""
        self._journal.append(rows)

    def find(self, kind: type[SomeRow], key: str | int) -> SomeRow | None:
        """The row, or None."""
        return self._tables[kind].get(key)

    def row(self, kind: type[SomeRow], key: str | int) -> SomeRow:
        """A row that must be there."""
        found: SomeRow = self._tables[kind][key]
        return found

    def all(self, kind: type[SomeRow]) -> list[SomeRow]:
        """All rows, in the order in which they first came."""
        return list(self._tables[kind].values())

    def shelf(self, kind: type[Row], **owner: str) -> Shelf:
        """The keys of ``kind``, all or of one owner, such as ``account="a"``."""
        ((name, value),) = owner.items() or [("", "")]
        return self._shelves[kind, f"{name}={value}" if name else ""]

    def of(self, kind: type[SomeRow], **owner: str) -> Iterator[SomeRow]:
        """The rows of one owner, by key."""
        table = self._tables[kind]
        return (table[key] for key in self.shelf(kind, **owner).after(None))

    def _take(self, row: Row) -> None:
        table = self._tables[type(row)]
        key = row.key
        old = table.get(key)
        table[key] = row
        for watcher in self._watchers[type(row)]:
            watcher(old, row)
