"""Selection sheets: each a folder with the selection.toml that `voucherlab selection` reads, checks and writes up."""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voucher_console.bench.entries import (
    Change,
    Conflict,
    Document,
    Gone,
    NotEditable,
    about,
    add,
    changed,
    conflicts,
    parse,
    put,
    remove,
)
from voucher_console.bench.selection_changes import Noted, added, changes_of, note, removed, started
from voucher_console.words import Language

FILES = ("xlsx", "docx", "json")
_FILE = "selection.toml"
_MOST_LETTERS, _MOST_NAME_BYTES = 64, 200  # a file system takes 255 bytes
_WITHIN_S, _LOOKS, _MOST_BYTES = 120, 3, 1_000_000


_Written = tuple[str, Sequence[Noted]]
"""The sheet's new text, and what is new in it; nothing is written where nothing is."""


class CannotSelect(ValueError):
    """What was asked for cannot be done with this sheet; ``zh`` and ``en`` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Kept:
    """A sheet's entries as they are on disk. ``document`` None: only a text editor can mend the file."""

    name: str
    file: Path
    document: dict[str, Any] | None
    saved_at: datetime


@dataclass(frozen=True)
class Checked:
    """What the bench says of the entries: faults by field, or the sheet and its tables in words."""

    faults: tuple[dict[str, str], ...]
    of_entries: bool
    sheet: dict[str, Any] | None
    tables: dict[str, Any] | None


class Selections:
    """All sheets below ``folder/selections``. Nothing is kept between calls: the file is the only truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute() / "selections"

    def all(self) -> list[Kept]:
        """Every sheet, the one saved last first."""
        names = [file.parent.name for file in self.folder.glob(f"*/{_FILE}") if is_name(file.parent.name)]
        return sorted((self.one(name) for name in names), key=lambda one: one.saved_at, reverse=True)

    def one(self, name: str) -> Kept:
        """A sheet as it is now. Raises CannotSelect."""
        file = self._file(name)
        try:
            document = parse(file.read_text(encoding="utf-8"))
        except (NotEditable, UnicodeDecodeError):
            document = None
        return Kept(name, file, document, datetime.fromtimestamp(file.stat().st_mtime, UTC))

    def start(self, *, name: str, applicants: int, judges: int, by: str) -> None:
        """A new one with the notice's checklist, as the command itself makes it. Raises CannotSelect."""
        if not is_name(name):
            raise CannotSelect(
                "名称只能用汉字、字母、数字、- 和 _，以汉字、字母或数字开头，不要太长",
                "A name has letters, digits, - and _ only, begins with a letter or digit, and is short",
            )
        with tempfile.TemporaryDirectory() as made:
            words = ("new", made, "--applicants", str(applicants), "--judges", str(judges), "--json")
            told = _told(words)
            if not told["ok"]:
                raise CannotSelect(*(told["faults"][0][language] for language in ("zh", "en")))
            text = (Path(made) / _FILE).read_text(encoding="utf-8")
        file = self.folder / name / _FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file.parent):
            if file.exists():
                raise CannotSelect(
                    "已有同名的比选表，没有覆盖", "There is a sheet of that name already; it was not overwritten"
                )
            note(file.parent, started(by, parse(text)))
            _replace(file, text)

    def save(self, name: str, changes: Sequence[Change], *, by: str) -> tuple[Conflict, ...]:
        """All the changes, or none where somebody else has changed one of the fields meanwhile: those are returned.

        ``by`` is the officer, whose name stands with every change. Raises CannotSelect for a sheet, judge or applicant
        that is gone.
        """
        found: tuple[Conflict, ...] = ()

        def write(text: str) -> _Written:
            nonlocal found
            document = parse(text)
            found = conflicts(document, changes)
            noted = [] if found else changes_of(by, document, changes)
            return (changed(text, lambda document: _put_all(document, changes)) if noted else text), noted

        self._rewrite(name, write)
        return found

    def add(self, name: str, kind: str, letter: str, fields: dict[str, Any], *, by: str) -> str:
        """A new judge or applicant; its id. Raises CannotSelect."""
        made: list[str] = []

        def write(text: str) -> _Written:
            written = changed(text, lambda document: made.append(add(document, kind, letter, fields)))
            return written, added(by, kind, {"id": made[-1], **fields})

        self._rewrite(name, write)
        return made[-1]

    def remove(self, name: str, kind: str, entry: str, seen: list[Any], *, by: str) -> None:
        """Take one out that is still as ``seen``. Raises CannotSelect where somebody has changed it meanwhile."""

        def write(text: str) -> _Written:
            document = parse(text)
            if about(document, kind, entry) != seen:
                raise CannotSelect(
                    "打开本页之后，有人改过这一条的内容或评分，没有移除。请重新打开本页再看。",
                    "Somebody has changed the entry or its scores since this page was opened: open the page anew.",
                )
            written = changed(text, lambda document: remove(document, kind, entry))
            return written, removed(by, document, kind, entry)

        self._rewrite(name, write)

    def check(self, name: str, language: Language) -> tuple[Kept, Checked]:
        """The entries and what the bench says of just these. Raises CannotSelect."""
        for _ in range(_LOOKS):
            kept = self.one(name)
            told = _told(("check", str(kept.file), "--json", "--tables", language))
            if self.one(name).saved_at == kept.saved_at:
                break
        else:
            raise CannotSelect("文件一直在变动，请稍后再试", "The file keeps changing: try again")
        faults = tuple(told.get("faults", ()))
        return kept, Checked(faults, told.get("file", str(kept.file)) == str(kept.file), told.get("sheet"),
                             told.get("tables"))  # fmt: skip

    def write(self, name: str, language: Language) -> dict[str, bytes]:
        """The sheet's files by their kind, made from what is saved. Raises CannotSelect."""
        file = self._file(name)
        with tempfile.TemporaryDirectory() as folder:
            told = _told(("write", str(file), "--out", folder, "--language", language, "--json"))
            if not told["ok"]:
                raise CannotSelect("录入还有需要修改的地方，没有生成", "Entries need mending: nothing was made")
            return {kind: (Path(folder) / f"selection.{kind}").read_bytes() for kind in FILES}

    def _file(self, name: str) -> Path:
        file = self.folder / name / _FILE
        if not is_name(name) or not file.is_file():
            raise CannotSelect("没有这份比选表", "There is no such sheet")
        return file

    def _rewrite(self, name: str, write: Callable[[str], _Written]) -> None:
        """Read, change and replace as one step: whoever else saves meanwhile waits, and finds what was saved.

        Who changed what is on the disk first, so no change is ever without its line; after a crash between the two a
        line may stand without its change.
        """
        file = self._file(name)
        with _alone(file.parent):
            try:
                text = file.read_text(encoding="utf-8")
                parse(text)
                written, noted = write(text)
            except (NotEditable, UnicodeDecodeError) as error:
                raise CannotSelect("文件只能用文本编辑器修改", "Only a text editor can mend the file") from error
            except Gone as error:
                raise CannotSelect(
                    "这家单位或这位评委已被移除，没有保存", "The applicant or judge was removed: nothing was saved"
                ) from error
            if len(written.encode()) > _MOST_BYTES:
                raise CannotSelect("内容过多，没有保存", "Too much to keep: nothing was saved")
            if noted:
                note(file.parent, noted)
                _replace(file, written)


def is_name(name: str) -> bool:
    """Safe as a folder's name: letters of any language with their marks, digits, - and _; so never a path or hidden.

    Only in the composed form, or two names that look alike would be two folders.
    """
    kinds = [unicodedata.category(letter)[0] for letter in name]
    return (
        0 < len(name) <= _MOST_LETTERS
        and len(name.encode(errors="replace")) <= _MOST_NAME_BYTES
        and unicodedata.is_normalized("NFC", name)
        and kinds[0] in "LN"
        and all(kind in "LMN" or letter in "-_" for kind, letter in zip(kinds, name, strict=True))
    )


def _put_all(document: Document, changes: Sequence[Change]) -> None:
    for change in changes:
        put(document, change.where, change.after)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _replace(file: Path, text: str) -> None:
    """Whole or not at all, also when the power fails."""
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("w", encoding="utf-8") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)


def _told(words: Sequence[str]) -> dict[str, Any]:
    """What `voucherlab selection` says as JSON. Raises CannotSelect where it says nothing that can be read."""
    command = (sys.executable, "-m", "voucherlab", "selection", *words)
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=_WITHIN_S)
        told: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise CannotSelect("评选程序没有答复，请稍后再试", "The selection command gave no answer: try again") from error
    return told
