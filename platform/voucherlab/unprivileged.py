"""How root runs a server that refuses to be root, without new users and without touching parent folders."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from voucherlab.errors import VoucherlabError

# An id that distributions give to nobody, used only where user namespaces are off.
_SPARE_ID = 64_613
# Accounts that every distribution has and hardly anything runs as.
_QUIET_ACCOUNTS = ("games", "uucp", "daemon", "nobody")
_KEEP = "-all,+dac_override"
_PROBE_TIMEOUT_S = 10


@cache
def namespaces_work() -> bool:
    """True when this process may make a user namespace, found out by making one."""
    if shutil.which("unshare") is None:
        return False
    probe = subprocess.run([*_namespace(), "true"], capture_output=True, timeout=_PROBE_TIMEOUT_S, check=False)
    return probe.returncode == 0


def unprivileged_wrapper(owned_folder: Path, *, programs: Path, for_initdb: bool = False) -> Sequence[str]:
    """The words to put before a command so that it does not run as root; none when there is no need.

    Preferred is a user namespace: no file changes its owner. Where those are off the command gets a spare
    user id and keeps the one capability to pass folders closed to it, and `owned_folder` (ours, below the
    data folder) is given to that id. initdb, unlike the server, also insists on an id with an account.
    PostgreSQL looks for its own programs with access(2), which knows no capabilities, so with a spare id the folder
    `programs` must be open to everybody. Raises VoucherlabError when the machine offers neither way.
    """
    if os.geteuid() != 0 and not (for_initdb and not _has_account(os.geteuid())):
        return ()
    if namespaces_work():
        _give(owned_folder, os.geteuid())
        return _namespace()
    setpriv = shutil.which("setpriv")
    if setpriv is None or os.geteuid() != 0:
        raise VoucherlabError(
            "PostgreSQL wants an ordinary user with an account, and user namespaces are off: "
            "run voucherlab as such a user, or set DATABASE_URL"
        )
    closed = _closed_to_others(programs)
    if closed is not None:
        raise VoucherlabError(
            f"user namespaces are off, and PostgreSQL's programs lie below {closed}, which is closed to other users: "
            "install voucherlab below open folders, run it as an ordinary user, or set DATABASE_URL"
        )
    new_id = _account_id() if for_initdb else _SPARE_ID
    _give(owned_folder, new_id)
    ids = (f"--reuid={new_id}", f"--regid={new_id}", "--clear-groups")
    return (setpriv, *ids, f"--inh-caps={_KEEP}", f"--ambient-caps={_KEEP}")


def _namespace() -> Sequence[str]:
    # Outside the namespace the process is still the one who started it, whatever it is called inside.
    account_id = _account_id()
    return ("unshare", "--user", f"--map-user={account_id}", f"--map-group={account_id}")


def _closed_to_others(folder: Path) -> Path | None:
    """The first folder on the way to `folder` that others may not pass."""
    way = [*reversed(folder.resolve().parents), folder.resolve()]
    return next((place for place in way if not place.stat().st_mode & stat.S_IXOTH), None)


def _has_account(user_id: int) -> bool:
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        return False
    return True


@cache
def _account_id() -> int:
    ids = {account.pw_name: account.pw_uid for account in pwd.getpwall() if account.pw_uid != 0}
    for name in (*_QUIET_ACCOUNTS, *ids):
        if name in ids:
            return ids[name]
    raise VoucherlabError("PostgreSQL needs an account other than root in the machine's user list")


def _give(folder: Path, owner: int) -> None:
    # A folder keeps its owner from start to start unless the machine's namespaces were switched on or off.
    if folder.stat().st_uid == owner:
        return
    for parent, _, names in os.walk(folder):
        os.chown(parent, owner, owner)
        for name in names:
            os.chown(Path(parent) / name, owner, owner, follow_symlinks=False)
