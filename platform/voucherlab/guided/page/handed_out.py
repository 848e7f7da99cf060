"""Which files of a stage's folder may be opened in a browser: what steps hand out, never data, logs or plans."""

from pathlib import Path

_KINDS = frozenset({".xlsx", ".csv", ".html", ".pdf", ".docx"})
_PRIVATE = "data"


def handed_out(folder: Path, path: str) -> Path | None:
    """The file at ``path`` below ``folder``; None for one that is not there, is private or lies elsewhere."""
    found = (folder / path).resolve()
    root = folder.resolve()
    if not found.is_relative_to(root) or found.suffix not in _KINDS or not found.is_file():
        return None
    parts = found.relative_to(root).parts
    return None if parts[0] == _PRIVATE or any(part.startswith(".") for part in parts) else found
