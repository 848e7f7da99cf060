"""Wide T+1 sheets become long: one line a number."""

from loadtest.vendor_files.mapping import T1Source

_PREFIX = "indicators."


def long_columns(
    text: dict[str, list[str]], source: T1Source, day: str | None, rows: int
) -> tuple[dict[str, list[str]], int]:  # fmt: skip
    """Columns by name with one number a line, and how many lines each row became."""
    wide = [name for name in text if name.startswith(_PREFIX)]
    repeat = len(wide) or 1
    long = {
        name: [cell for cell in cells for _ in range(repeat)]
        for name, cells in text.items()
        if not name.startswith(_PREFIX)
    }
    if wide:
        long["indicator"] = [name.removeprefix(_PREFIX) for name in wide] * rows
        long["value"] = [text[name][row] for row in range(rows) for name in wide]
    for name, word in source.fixed.items():
        long.setdefault(name, [word] * rows * repeat)
    if day is not None:
        long["day"] = [day] * rows * repeat
    return long, repeat
