"""Runs a command that ends when its parent ends: `python -I -S deathsig.py SIGNAL PARENT_PID COMMAND…`.

A shim that replaces itself by the command, since code between fork and exec is unsafe in a process with
threads. It uses the standard library only and is started by its path, so it costs some 15 ms.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Asks the kernel for SIGNAL at the parent's death, then becomes COMMAND."""
    signal_number, parent_pid, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the call above; then no signal would ever come.
    if os.getppid() != parent_pid:
        sys.exit("the parent ended before the command could start")
    os.execvp(command[0], command)  # noqa: S606 - becoming the command, without a shell, is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
