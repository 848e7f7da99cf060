"""A program: takes {"document", "fonts", "folders"} as JSON on stdin, gives the printed pages as PDF on stdout.

It runs in a process of its own (``pdf_file``), so that a page that never ends can be killed and claims keep their
processor. It reads nothing but its template and the font files, and no package is ever fetched.
"""

import json
import os
import sys
from importlib import resources

import typst

_NICE = 10


def main() -> None:
    """Typeset what stdin holds."""
    os.nice(_NICE)
    given = json.load(sys.stdin)
    with resources.as_file(resources.files("voucher_platform.reports.printing").joinpath("report.typ")) as template:
        made = typst.compile(
            str(template), root=str(template.parent), font_paths=given["folders"], ignore_system_fonts=True,
            format="pdf",
            sys_inputs={name: json.dumps(given[name], ensure_ascii=False) for name in ("document", "fonts")},
        )  # fmt: skip
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
