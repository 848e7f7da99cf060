"""A smaller round at any platform: `python -m merchant_sim --target URL --staff-file FILE`.

The platform must offer the sandbox capabilities (its clock is moved through some forty business days). Ends with 0 when
the money adds up and nobody met a refusal other than the one that was due.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import httpx

from merchant_sim.actors.desk import Unexpected, read_staff_file
from merchant_sim.actors.offices import open_offices
from merchant_sim.records import CLAIMS, REDEMPTIONS, REFUNDS, ClaimRecord, RedemptionRecord, RefundRecord, read_records
from merchant_sim.story.begin import plan_round
from merchant_sim.story.results import Results
from merchant_sim.story.surprises import surprises
from merchant_sim.story.voucher_round import VoucherRound
from merchant_sim.story.watching import Plain

_TIMEOUT_S = 60.0
_COMPOSE_STAFF = Path("/run/secrets/staff")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="merchant_sim", description="模拟城市的一轮消费券 A voucher round of a city")
    parser.add_argument("--target", required=True, help="http://host:port of the platform")
    parser.add_argument("--staff-file", type=Path, default=_COMPOSE_STAFF, help="JSON list of staff sign-ins")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same city and timetable")
    parser.add_argument("--scale", type=float, default=0.01, help="1 is a real issue: 26,000 vouchers")
    parser.add_argument("--out", type=Path, default=None, help="where records and reports go; default: nowhere")
    parser.add_argument("--own-addresses", action="store_true", help="the platform trusts X-Forwarded-For")
    return parser.parse_args()


async def play(options: argparse.Namespace, folder: Path) -> Results:
    """One round. Raises Unexpected, OSError or httpx.HTTPError."""
    async with httpx.AsyncClient(base_url=options.target, timeout=_TIMEOUT_S, trust_env=False) as http:
        plan, run_name = await plan_round(
            http, seed=options.seed, scale=options.scale, own_addresses=options.own_addresses,
            staff=read_staff_file(options.staff_file),
        )  # fmt: skip
        offices = await open_offices(http, read_staff_file(options.staff_file), run_name=run_name)
        return await VoucherRound(plan, offices, options.target, folder, Plain()).play()


def main() -> int:
    """Play, print what came of it as JSON, and judge it by what the clients saw."""
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="merchant-sim-") as scratch:
        folder = options.out or Path(scratch)
        try:
            results = asyncio.run(play(options, folder))
        except (Unexpected, OSError, httpx.HTTPError) as error:
            sys.stderr.write(f"merchant_sim: {error}\n")
            return 1
        records = folder / "records"
        wrong = surprises(
            read_records(records / CLAIMS, ClaimRecord), read_records(records / REDEMPTIONS, RedemptionRecord),
            read_records(records / REFUNDS, RefundRecord),
        )  # fmt: skip
    sys.stdout.write(json.dumps({**asdict(results), "surprises": wrong}, ensure_ascii=False, indent=1) + "\n")
    return 1 if wrong or not results.statement.get("identity_ok") else 0


if __name__ == "__main__":
    sys.exit(main())
