"""What the fields of a selection sheet are called, and what the bench finds wrong with them, in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voucher_console.bench.entries import Where, held, names_in, where_of
from voucher_console.bench.selections import Checked, Kept
from voucher_console.figures import moment
from voucher_console.words import Text, Words
from voucher_contract.notice import Notice, NoticeError, load_notice

ANSWERS: Mapping[str, Text] = {
    "": Text("未核对", "Not checked"), "yes": Text("是", "Yes"), "no": Text("否", "No"),
    "unclear": Text("待核实", "Unclear"),
}  # fmt: skip
_FIELDS: Mapping[str, Text] = {
    "name": Text("名称", "Name"), "received_at": Text("收件时间", "Time of receipt"),
    "received_by": Text("收件人", "Received by"), "branch": Text("分支机构", "Branch"),
    "bundles": Text("证据", "Evidence"), "note": Text("说明", "Note"), "answer": Text("结果", "Answer"),
    "checked_by": Text("核对人", "Checked by"), "remark": Text("备注", "Remark"),
    "held_at": Text("会议时间", "Time of the meeting"), "place": Text("地点", "Place"),
    "chaired_by": Text("主持人", "Chair"), "recorded_by": Text("记录人", "Recorder"),
    "supervised_by": Text("监督人", "Supervisor"), "public_key": Text("主管部门公钥文件", "The bureau's public key"),
}  # fmt: skip
STANDINGS: Mapping[str, tuple[Text, str]] = {
    "late": (Text("逾期不收", "Refused: late"), "bad"), "refused": (Text("不符合", "Not met"), "bad"),
    "open": (Text("待核定", "Not settled"), "warn"), "admitted": (Text("符合", "All met"), "good"),
}  # fmt: skip
EDITED = {"applicants": "/selection-applicant", "scores": "/selection-scores"}
MEETING_PAGE = "/selection-meeting"


def field_name(w: Words, name: str) -> str:
    """A field by itself; one that no page has, as the file writes it."""
    return w.of(_FIELDS[name]) if name in _FIELDS else name


def notice_of(kept: Kept) -> Notice:
    """The notice the sheet is made by; the one that comes with the program where its own cannot be read."""
    named = (kept.document or {}).get("notice_file")
    try:
        return load_notice(kept.file.parent / named if isinstance(named, str) else None)
    except NoticeError:
        return load_notice()


def described(w: Words, kept: Kept, where: Where, names: Sequence[str] | None = None) -> str:
    """A field of the sheet as people call it: whose, and which. ``names``: of an applicant or judge of other times."""
    notice = notice_of(kept)
    words = {one.id: w(one.zh, one.en) for one in notice.entry}
    words |= {one.id: w(one.zh, one.en) for one in notice.weights}
    parts = list(names_in(kept.document or {}, where) if names is None else names)
    rest = where[1 + len(parts) :] if parts else where
    parts += [words.get(one) or field_name(w, one) for one in rest if one not in {"checklist", "points", "meeting"}]
    return " · ".join(parts)


def page_of(name: str, where: Where) -> str:
    """The address of the page that has the field; "" where none has it."""
    if where[0] == "applicants" and len(where) > 1:
        return f"{EDITED['applicants']}?name={name}&id={where[1]}"
    if where[0] == "scores":
        return f"{EDITED['scores']}?name={name}"
    return f"{MEETING_PAGE}?name={name}" if where[0] in {"meeting", "judges", "evidence"} else ""


def faults_of(w: Words, kept: Kept, checked: Checked) -> dict[Where, list[str]]:
    """What is wrong, by field; faults of another file, such as the rules', stand under its name."""
    found: dict[Where, list[str]] = {}
    for fault in checked.faults:
        where = where_of(kept.document or {}, fault["field"]) if checked.of_entries else ("rules", fault["field"])
        found.setdefault(where, []).append(w(fault["zh"], fault["en"]))
    return found


def is_missing(kept: Kept, where: Where) -> bool:
    """Nothing is entered there yet, which is no mistake. A file that cannot be read is one."""
    if kept.document is None:
        return False
    value = held(kept.document, where) if where[0] != "rules" else where
    return value is None or value == ""


def shown(w: Words, value: Any) -> str:
    """A value as an officer reads it."""
    if value is None or value == "":
        return w("（空）", "(empty)")
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else str(value)
    if isinstance(value, bool):
        return w("是", "yes") if value else w("否", "no")
    if isinstance(value, list):
        return "、".join(map(str, value)) or w("（空）", "(empty)")
    return w.of(ANSWERS[value]) if value in ANSWERS else f"{value:g}" if isinstance(value, float) else str(value)
