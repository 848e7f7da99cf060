"""How root runs a server that refuses to be root, without new users and without touching parent folders."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from voucherlab.errors import VoucherlabError

# Any number but 0 serves inside the namespace: outside it the process is still the one who started it.
_NAMESPACE = ("--user", "--map-user=1000", "--map-group=1000")
# An id that distributions give to nobody, used only where user namespaces are off.
_SPARE_ID = 64_613
_KEEP = "-all,+dac_override"
_PROBE_TIMEOUT_S = 10


@cache
def namespaces_work() -> bool:
    """True when this process may make a user namespace, found out by making one."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    probe = subprocess.run(
        [unshare, *_NAMESPACE, "true"], capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False
    )
    return probe.returncode == 0


def unprivileged_wrapper(owned_folder: Path) -> Sequence[str]:
    """The words to put before a command so that it does not run as root; none when we are not root.

    Preferred is a user namespace: no file changes its owner. Where those are off the command gets a spare
    user id and keeps the one capability to pass folders closed to it, and `owned_folder` (ours, below the data
    folder) is given to that id. Raises VoucherlabError when the machine offers neither.
    """
    if os.geteuid() != 0:
        return ()
    if namespaces_work():
        _give(owned_folder, os.geteuid())
        return (str(shutil.which("unshare")), *_NAMESPACE)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise VoucherlabError(
            "PostgreSQL does not run as root, user namespaces are off and setpriv is missing: "
            "run voucherlab as an ordinary user, or set DATABASE_URL"
        )
    _give(owned_folder, _SPARE_ID)
    ids = (f"--reuid={_SPARE_ID}", f"--regid={_SPARE_ID}", "--clear-groups")
    return (setpriv, *ids, f"--inh-caps={_KEEP}", f"--ambient-caps={_KEEP}")


def _give(folder: Path, owner: int) -> None:
    # A folder keeps its owner from start to start unless the machine's namespaces were switched on or off.
    if folder.stat().st_uid == owner:
        return
    for parent, _, names in os.walk(folder):
        os.chown(parent, owner, owner)
        for name in names:
            os.chown(Path(parent) / name, owner, owner, follow_symlinks=False)
