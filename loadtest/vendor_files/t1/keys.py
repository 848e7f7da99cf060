"""The keys of each dimension of a report, and how a vendor's words find them."""

from loadtest.agreed.reading import ConfigurationError
from loadtest.vendor_files.cells.codes import CODES, CodeTable
from loadtest.vendor_files.mapping import Mapping
from voucher_contract.models.reports import Dimension

_TABLES: dict[Dimension, str] = {"industry": "category", "district": "district", "size_class": "size_class"}


class Keys:
    """Keys by number: total has one; industries, districts and sizes are the contract's; batches the mapping's."""

    def __init__(self, mapping: Mapping) -> None:
        own: dict[str, dict[str, str]] = dict(mapping.codes)  # type: ignore[arg-type]
        self.rounds = list(dict.fromkeys(batch.round for batch in mapping.batch))
        self._tables = {dimension: CodeTable(name, own.get(name, {})) for dimension, name in _TABLES.items()}
        self._numbers: dict[Dimension, dict[str, int]] = {
            "batch": {word: at for at, batch in enumerate(mapping.batch) for word in (batch.name, batch.id) if word},
            "round": {name: at for at, name in enumerate(self.rounds)},
        }

    def count(self, dimension: Dimension) -> int:
        """How many keys a dimension has."""
        if dimension == "total":
            return 1
        return len(CODES[_TABLES[dimension]]) if dimension in _TABLES else max(self._numbers[dimension].values()) + 1

    def number(self, dimension: Dimension, word: str) -> int:
        """A key's number; MISSING for a key that the mapping leaves out. Raises ConfigurationError."""
        if dimension == "total":
            return 0
        if dimension in _TABLES:
            numbers, unknown = self._tables[dimension].number([word])
            if not unknown and word:
                return int(numbers[0])
            raise ConfigurationError(
                f"t1.columns.key: {word!r} is no {dimension} 不是该维度的编码：codes.{_TABLES[dimension]}"
            )
        found = self._numbers[dimension].get(word)
        if found is None:
            raise ConfigurationError(f"t1.columns.key: {word!r} is no {dimension} of the mapping 没有登记：batch")
        return found
