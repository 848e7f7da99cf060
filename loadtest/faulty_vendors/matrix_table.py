"""The table of defects in platform/docs/kill-matrix.md: each by name, what it does, and the cases that must find it.

    python -m loadtest.faulty_vendors.matrix_table            print the table
    python -m loadtest.faulty_vendors.matrix_table DOCUMENT   put it between the marks of the document

This folder imports no other room, so the registry is read as the data it is.
"""

import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from loadtest.faulty_vendors.catalogue import all_defects

BEGIN = "<!-- defects: made by python -m loadtest.faulty_vendors.matrix_table -->"
END = "<!-- end of defects -->"


def cases_by_defect() -> dict[str, list[str]]:
    """The ids of the cases that must find each defect, sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in resources.files("loadtest.cases.registry").iterdir():
        if not file.name.endswith(".toml"):
            continue
        for case in tomllib.loads(file.read_text(encoding="utf-8")).get("case", []):
            for defect in case.get("kills", ()):
                found[defect].append(case["id"])
    return {defect: sorted(ids) for defect, ids in found.items()}


def markdown(cases: Mapping[str, Sequence[str]]) -> str:
    """The table, in the order of defects.toml. Lawful variants must be found by no case."""
    lines = ["| defect | 做错什么 | clause | found by |", "|---|---|---|---|"]
    for one in all_defects().values():
        finders = "合规变体 lawful: none" if one.lawful else ", ".join(f"`{case}`" for case in cases.get(one.name, ()))
        lines.append(f"| `{one.name}` | {one.zh} | {one.must} | {finders} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The document with the table as it is now between the marks. Raises ValueError where they are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks {BEGIN if not begin else END}")
    return f"{before}{BEGIN}\n{markdown(cases_by_defect())}\n{END}{after}"


def main(arguments: Sequence[str]) -> None:
    """Print the table, or renew it in the document named."""
    if not arguments:
        print(markdown(cases_by_defect()))
        return
    document = Path(arguments[0])
    document.write_text(with_table(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
