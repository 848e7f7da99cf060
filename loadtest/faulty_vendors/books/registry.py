"""The register of merchants by what they are looked up by."""

from loadtest.faulty_vendors.books.rows import MerchantRow
from loadtest.faulty_vendors.books.store import Store


class Registry:
    """Merchants by credit code, and whose a till is."""

    def __init__(self, store: Store) -> None:
        self._id_of_uscc: dict[str, str] = {}
        self._owner_of_till: dict[str, str] = {}
        store.watch(MerchantRow, self._enter)

    def _enter(self, old: MerchantRow | None, new: MerchantRow) -> None:
        self._id_of_uscc[new.uscc] = new.id
        for till in old.tills if old else ():
            self._owner_of_till.pop(till, None)
        for till in new.tills:
            self._owner_of_till[till] = new.id

    def id_of(self, uscc: str) -> str | None:
        """The merchant with this credit code."""
        return self._id_of_uscc.get(uscc)

    def owner_of(self, till: str) -> str | None:
        """The merchant a till belongs to."""
        return self._owner_of_till.get(till)
