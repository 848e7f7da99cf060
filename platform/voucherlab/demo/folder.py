"""The demo's folder: private, emptied of a former demo at the start, never of anything else."""

import shutil
from pathlib import Path

from voucherlab.data_folder import is_in_use
from voucherlab.demo.summary import SUMMARY
from voucherlab.errors import VoucherlabError

_MARKER = ".voucherlab-demo"
_OURS = ("data", "records", "reports", "guided")
_OUR_FILES = (SUMMARY, "商户名单.xlsx", "商户导入-错误列.xlsx", "data.log", "data.ready.json")


def prepare(out: Path) -> Path:
    """Make the folder (0700), or clear one that an earlier demo made. Returns it absolute.

    Raises VoucherlabError when it holds something else, or a demo still runs there.
    """
    out = out.absolute()
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (out / _MARKER).exists() and any(out.iterdir()):
        raise VoucherlabError(f"{out} is not empty and no demo made it; choose another folder with --out")
    if is_in_use(data_folder(out)):
        raise VoucherlabError(f"a demo still runs in {out}; stop it first, or choose another folder with --out")
    (out / _MARKER).touch(mode=0o600)
    out.chmod(0o700)
    for name in _OURS:
        shutil.rmtree(out / name, ignore_errors=True)
    for name in _OUR_FILES:
        (out / name).unlink(missing_ok=True)
    return out


def data_folder(out: Path) -> Path:
    """Where the demo's platform keeps its data."""
    return out / "data"
