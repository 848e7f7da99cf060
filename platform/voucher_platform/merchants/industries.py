"""Which GB/T 4754-2017 classes each of the seven industry groups holds."""

from voucher_contract.models.common import CATEGORY_NAMES


def _classes(*spans: str) -> frozenset[str]:
    """``5231-5239`` and single classes."""
    found: set[str] = set()
    for span in spans:
        first, _, last = span.partition("-")
        found.update(str(code) for code in range(int(first), int(last or first) + 1))
    return frozenset(found)


# Left out on purpose: 5226 drinks and tea, 5227 tobacco, 5245 jewellery, 5266 gas and 5267 charging.
INDUSTRY_CODES: dict[str, frozenset[str]] = {
    "daily_goods": _classes("5211-5213", "5219", "5231-5239"),
    "appliances": _classes("5271-5274", "5279", "5281-5287", "5289"),
    "catering": _classes("6210", "6220", "6231-6233", "6239", "6291", "6299", "5221-5225", "5229"),
    "lodging": _classes("6110", "6121", "6129", "6130", "6140", "6190"),
    "cars": _classes("5261-5264"),
    "fuel": _classes("5265"),
    "culture_sport": _classes(
        "8760", "8810", "8820", "8850", "8921", "8930", "9011-9013", "9019", "9020", "9030", "5241-5244", "5246-5249"
    ),
}

CATEGORY_OF_CODE = {code: category for category, codes in INDUSTRY_CODES.items() for code in codes}
assert INDUSTRY_CODES.keys() == CATEGORY_NAMES.keys(), "every category of the contract has its classes"
