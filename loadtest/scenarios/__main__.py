"""Prepares one step's folder: ``python -m loadtest.scenarios --host URL --staff-file F --step JSON --folder DIR``.

The load generator calls it, since its own process is patched for greenlets. Exit 2 and one line on stderr say why not.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import httpx

from loadtest.agreed.plan import Step
from loadtest.agreed.reading import ConfigurationError
from loadtest.lab.line import NotApplicable
from loadtest.lab.staff import CannotPlay, Login
from loadtest.lab.world import Limits, open_world
from loadtest.scenarios.cast import AdapterChoice
from loadtest.scenarios.given import prepare_given
from loadtest.scenarios.preparing import prepare


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--step", required=True, help="a step of a plan, as JSON")
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--adapter", default="native")
    parser.add_argument("--staff-file", type=Path)
    parser.add_argument("--tokens", type=Path)
    parser.add_argument("--batches", default="")
    return parser.parse_args()


async def _prepare(options: argparse.Namespace) -> None:
    step = Step.model_validate_json(options.step)
    if options.tokens is not None:
        ids = [one for one in options.batches.split(",") if one]
        await prepare_given(
            options.host, step, options.folder, options.seed, tokens=options.tokens, batch_ids=ids
        )  # fmt: skip
        return
    logins = [Login(one["role"], one["login"], one["password"]) for one in json.loads(options.staff_file.read_text())]
    choice = AdapterChoice(options.adapter)
    world = await open_world(base_url=options.host, adapter=choice.load(), logins=logins, limits=Limits())
    try:
        await prepare(world, step, options.folder, options.seed, adapter=choice)
    finally:
        await world.close()


if __name__ == "__main__":
    try:
        asyncio.run(_prepare(_options()))
    except (CannotPlay, NotApplicable, ConfigurationError, OSError, ValueError, httpx.HTTPError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(2)
