"""A new selection.toml to fill in: the notice's checklist for each applicant, nothing answered, nothing made up."""

from pathlib import Path

from loadtest.selection.faults import Fault, SelectionFaults
from loadtest.selection.reading import FILE
from loadtest.selection.said import said
from voucher_contract.notice import EntryItem, Notice

_DIGITS = "一二三四五六七八九十"
_STEMS = "甲乙丙丁戊己庚辛壬癸"


def start(folder: Path, notice: Notice, *, applicants: int, judges: int) -> Path:
    """Write the file, at most ten applicants and ten judges. Raises SelectionFaults rather than overwrite one."""
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template(notice, applicants=applicants, judges=judges))
    except FileExistsError as error:
        raise SelectionFaults(path, [Fault("(file)", said("fault.exists"))]) from error
    return path


def template(notice: Notice, *, applicants: int, judges: int) -> str:
    """The file's text. Until times of receipt are entered, `voucherlab selection check` names each that is missing."""
    parts = [_HEAD.format(notice=notice.notice.id, meeting=notice.notice.meeting_at.isoformat())]
    parts += [f'[[judges]]\nid = "j{n}"\nname = "评委{_DIGITS[n - 1]}"\n' for n in range(1, judges + 1)]
    parts += [_applicant(n, notice) for n in range(1, applicants + 1)]
    pairs = [(a, j) for a in range(1, applicants + 1) for j in range(1, judges + 1)]
    items = ", ".join(f"{one.id} 0–{one.points}" for one in notice.weights)
    parts.append(f"# 评分由评委自己给出，删去 # 后填写；没有给的分数不要填 0。各项满分：{items}\n")
    parts += [_paper(applicant, judge, notice) for applicant, judge in pairs]
    return "\n".join(parts)


def _applicant(number: int, notice: Notice) -> str:
    lines = [
        "[[applicants]]", f'id = "a{number}"', f'name = "报名单位{_STEMS[number - 1]}"',
        f"# 收件时间，必填（截止 {notice.notice.deadline_at.isoformat()}）：去掉行首的 # 再填",
        f"# received_at = {notice.notice.opens_at.isoformat()}",
        '# received_by = "收件人姓名"', "branch = false  # 分支机构写 true",
        f'bundles = []  # 证据包目录，例如 ["evidence-a{number}"]', "", "[applicants.checklist]",
        *(_item(item) for item in notice.entry),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _item(item: EntryItem) -> str:
    hints = [item.clause, item.zh]
    hints += ["任一项即可"] if item.any_of else []
    hints += ["仅分支机构"] if item.only_branch else []
    return f'# {"，".join(hints)}\n{item.id} = {{ answer = "unclear", note = "" }}'


def _paper(applicant: int, judge: int, notice: Notice) -> str:
    points = ", ".join(f"{one.id} = " for one in notice.weights)
    return f'# [[scores]]\n# judge = "j{judge}"\n# applicant = "a{applicant}"\n# points = {{ {points}}}\n'


_HEAD = """# 比选表的录入文件。填写后运行 voucherlab selection check，再运行 voucherlab selection write。
# What officers enter for the selection sheet. Then: voucherlab selection check, voucherlab selection write.
# 核对结果 answer：yes 是，no 否，unclear 待核实；填 yes 或 no 的，加上 checked_by = "核对人"。

notice = "{notice}"

[meeting]
# 不填则用公告的比选会时间。
# held_at = {meeting}
# place = ""
# chaired_by = ""
# recorded_by = ""
# supervised_by = ""

[evidence]
# 主管部门公钥；填写后，只采用用该密钥签署的证据包。
# public_key = "bureau.pub"
"""
