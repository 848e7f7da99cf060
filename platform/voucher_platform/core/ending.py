"""Ending tasks for certain."""

import asyncio

_AGAIN_SECONDS = 0.2


async def end(*tasks: "asyncio.Task[object] | None") -> None:
    """Cancel ``tasks`` and return when all have ended, however; ``None`` stands for one that was never started.

    One cancellation is not enough: before Python 3.12 ``asyncio.wait_for``, which the drivers use, may swallow the one
    that comes as its own work completes, and a task that loops would go on for ever.
    """
    running = {task for task in tasks if task is not None}
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=_AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()  # looked at, so that nobody complains of an error nobody looked at
