"""Stopping the target hard and starting it again, where the tester may: by the hook of the target file."""

import asyncio
from collections.abc import Awaitable, Callable

from loadtest.agreed.target import Hooks
from loadtest.lab.staff import CannotPlay

Restart = Callable[[], Awaitable[None]]


def restart_by_hook(hooks: Hooks) -> Restart | None:
    """The hook as a function; None where the target file names none."""
    if not hooks.restart:
        return None

    async def restart() -> None:
        process = await asyncio.create_subprocess_exec(*hooks.restart)
        try:
            code = await asyncio.wait_for(process.wait(), hooks.restart_timeout_s)
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise CannotPlay(f"hooks.restart took more than {hooks.restart_timeout_s} s") from error
        if code != 0:
            raise CannotPlay(f"hooks.restart ended with {code}")

    return restart
