"""What stands in a selection.toml, field by field: found, changed the rest left alone, two hands told apart. Pure.

A field is a path by ids, such as ``("applicants", "a1", "name")`` or ``("scores", "j1", "a1", "points", "legality")``:
positions shift when somebody else adds or removes an entry, ids do not.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

Where = tuple[str, ...]
Document = MutableMapping[str, Any]
_LISTS: Mapping[str, tuple[str, ...]] = {"judges": ("id",), "applicants": ("id",), "scores": ("judge", "applicant")}


class NotEditable(ValueError):
    """The text is no TOML, or holds entries that cannot be told apart: only a text editor mends that."""


class Gone(LookupError):
    """Somebody has removed the judge or applicant meanwhile."""


@dataclass(frozen=True)
class Change:
    """``before``: what stood there when the officer began, None for nothing. ``after``: what shall stand there."""

    where: Where
    before: Any
    after: Any


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else has changed meanwhile, to ``theirs``."""

    change: Change
    theirs: Any


def parse(text: str) -> dict[str, Any]:
    """The document. Raises NotEditable."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotEditable(str(error)) from error
    for name, keys in _LISTS.items():
        entries = document.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise NotEditable(f"{name} is no list of tables")
        ids = [tuple(one.get(key) for key in keys) for one in entries]
        if len(set(map(str, ids))) < len(ids) or not all(isinstance(part, str) for one in ids for part in one):
            raise NotEditable(f"{name} have no ids of their own")
    return document


def held(document: Mapping[str, Any], where: Where) -> Any:
    """What stands in a field; None for nothing."""
    found: Any = document
    rest = where
    if where[0] in _LISTS:
        entry = _entry(document, where)
        if entry is None:
            return None
        found, rest = entry, where[1 + len(_LISTS[where[0]]) :]
    for part in rest:
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def conflicts(document: Mapping[str, Any], changes: Iterable[Change]) -> tuple[Conflict, ...]:
    """The changes whose field holds neither what it held before nor what it shall hold.

    Raises Gone for a judge or applicant that is not there.
    """
    changes = list(changes)
    for change in changes:
        _must_be_there(document, change.where)
    found = ((change, held(document, change.where)) for change in changes)
    return tuple(Conflict(one, theirs) for one, theirs in found if theirs not in (one.before, one.after))


def put(document: Document, where: Where, value: Any) -> None:
    """Write a field; None takes it away, and a checklist item or a paper with nothing left in it goes with it.

    Raises Gone for a judge or applicant that is not there.
    """
    found, rest = document, where
    if where[0] in _LISTS:
        found, rest = _entry_to_write(document, where), where[1 + len(_LISTS[where[0]]) :]
    *above, last = rest
    if value is None:
        _take_away(found, above, last)
        return
    for part in above:
        if part not in found:
            found[part] = {}
        found = found[part]
    found[last] = value


def add(document: Document, kind: str, letter: str, fields: Mapping[str, Any]) -> str:
    """A new judge or applicant below the others, with the first free id; that id."""
    taken = {one["id"] for one in document.get(kind, [])}
    number = next(n for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)
    entry = {"id": f"{letter}{number}", **fields}
    if document.get(kind):
        document[kind].append(entry)
    else:
        document[kind] = [entry]
    return str(entry["id"])


def remove(document: Document, kind: str, name: str) -> None:
    """Take a judge or applicant out, with its scores and with what was said of sending it the rules."""
    one = {"judges": "judge", "applicants": "applicant"}[kind]
    _drop(document, kind, lambda entry: entry["id"] == name)
    _drop(document, "scores", lambda paper: paper[one] == name)
    if kind == "applicants" and isinstance(document.get("rules"), MutableMapping):
        _drop(document["rules"], "sent", lambda sent: sent.get("applicant") == name)


def about(document: Mapping[str, Any], kind: str, name: str) -> list[Any]:
    """All that ``remove`` would take away but the rules: to see whether somebody has changed it meanwhile."""
    one = {"judges": "judge", "applicants": "applicant"}[kind]
    papers = [paper for paper in document.get("scores", []) if paper[one] == name]
    return [_entry(document, (kind, name)), *papers]


def taken_out(document: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    """All that ``remove`` would take away: the entry, its scores, and what was said of sending it the rules.

    ``names``: what the other side of each score is called, by its id.
    """
    entry, *papers = about(document, kind, name)
    rules = document.get("rules") if kind == "applicants" else None
    sent = rules.get("sent", []) if isinstance(rules, Mapping) else []
    other, of = ("applicants", "applicant") if kind == "judges" else ("judges", "judge")
    return {
        "entry": entry, "scores": papers, "sent": [one for one in sent if one.get("applicant") == name],
        "names": {paper[of]: str(held(document, (other, paper[of], "name")) or paper[of]) for paper in papers},
    }  # fmt: skip


def names_in(document: Mapping[str, Any], where: Where) -> tuple[str, ...]:
    """What the applicant and the judge of a field are called, in this order; an id for one without a name.

    None for a field of neither, such as the place of the meeting.
    """
    if len(where) <= len(_LISTS.get(where[0], where)):
        return ()
    ways = (("applicants", where[2]), ("judges", where[1])) if where[0] == "scores" else (where[:2],)
    return tuple(str(held(document, (*one, "name")) or one[1]) for one in ways)


def changed(text: str, change: Callable[[Document], object]) -> str:
    """The text after the change, with its comments where they can be kept. Whatever was written by hand stays.

    What is read back is compared with what was meant: keeping comments must never cost a value.
    """
    meant = tomllib.loads(text)
    change(meant)
    try:
        document = tomlkit.parse(text)
        change(document)
        written = tomlkit.dumps(document)
        if tomllib.loads(written) == meant:
            return written
    except (TOMLKitError, tomllib.TOMLDecodeError):
        pass
    return tomlkit.dumps(meant)


def where_of(document: Mapping[str, Any], field: str) -> Where:
    """The field that a fault of the bench names with positions from 1: ``applicants.2.received_at``."""
    name, *rest = field.split(".")
    keys = _LISTS.get(name)
    if keys is None or not rest or not rest[0].isdigit() or int(rest[0]) > len(document.get(name, [])):
        return (name, *rest)
    entry = document[name][int(rest[0]) - 1]
    return (name, *(str(entry[key]) for key in keys), *rest[1:])


def _entry(document: Mapping[str, Any], where: Where) -> Any:
    keys = _LISTS[where[0]]
    wanted = where[1 : 1 + len(keys)]
    return next((one for one in document.get(where[0], []) if tuple(one[key] for key in keys) == wanted), None)


def _entry_to_write(document: Document, where: Where) -> Document:
    found: Document | None = _entry(document, where)
    if found is not None:
        return found
    _must_be_there(document, where)
    paper = {"judge": where[1], "applicant": where[2], "points": {}}
    if document.get("scores"):
        document["scores"].append(paper)
    else:
        document["scores"] = [paper]
    made: Document = document["scores"][-1]
    return made


def _must_be_there(document: Mapping[str, Any], where: Where) -> None:
    named = (("judges", where[1]), ("applicants", where[2])) if where[0] == "scores" else (where[:2],)
    if any(kind in _LISTS and _entry(document, (kind, name)) is None for kind, name in named):
        raise Gone(".".join(where))


def _take_away(found: Document, above: list[str], last: str) -> None:
    if not above:
        found.pop(last, None)
        return
    inner = found.get(above[0])
    if isinstance(inner, MutableMapping):
        _take_away(inner, above[1:], last)
        if not inner and above[0] != "points":
            found.pop(above[0])


def _drop(document: Document, kind: str, unwanted: Callable[[Mapping[str, Any]], bool]) -> None:
    entries = document.get(kind, [])
    for position in reversed(range(len(entries))):
        if unwanted(entries[position]):
            del entries[position]
    if kind in document and not entries:
        del document[kind]
