"""The worker: what must happen although nobody asks. A second one is harmless, and no claim waits for it.

``python -m voucher_platform.worker`` runs until SIGTERM: it sweeps the journal into SQL, watches the hot store,
and expires vouchers whose time is over.
"""

import asyncio
import signal

import structlog

from voucher_platform.claims.janitor import run_janitor
from voucher_platform.core.acting import Core
from voucher_platform.core.ending import end
from voucher_platform.core.figures import EXPIRED
from voucher_platform.core.logs import log_as_json
from voucher_platform.core.pulse import Pulse
from voucher_platform.operating.operations import keep_sampling, process_sample
from voucher_platform.redemptions.expiry import run_expiry
from voucher_platform.settings import Settings

log = structlog.get_logger(__name__)
_EXPIRY_SECONDS = 0.5


async def _expire_for_ever(core: Core) -> None:
    while True:
        try:
            expired = await run_expiry(core)
            core.meters.add(EXPIRED, expired)
            if expired:
                log.info("vouchers_expired", count=expired)
        except Exception as error:  # noqa: BLE001 - the database may be away; the next sweep tries again
            log.warning("expiry_failed", error=repr(error)[:300])
        await asyncio.sleep(_EXPIRY_SECONDS)


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    core = Core.build(settings)
    pulse = Pulse(core.database, core.clocks, settings.process, settings.poll_ms)
    await pulse.start()
    sampling = asyncio.create_task(keep_sampling(core.meters, process_sample(core, pulse)))
    jobs = [asyncio.create_task(run_janitor(core)), asyncio.create_task(_expire_for_ever(core))]
    stopping = asyncio.create_task(stopped.wait())
    try:
        # A job that ends by itself is a fault: leave, and let the supervisor start a fresh worker.
        done, _ = await asyncio.wait([*jobs, stopping], return_when=asyncio.FIRST_COMPLETED)
        for job in done - {stopping}:
            job.result()
    finally:
        await end(*jobs, stopping, sampling)
        await pulse.stop()
        await core.database.close()
        core.meters.close()


if __name__ == "__main__":
    log_as_json()
    asyncio.run(run(Settings.from_environment()))
