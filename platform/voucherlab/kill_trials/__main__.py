"""Kill trials: ``python -m voucherlab.kill_trials --trials N --json FILE [--seed S] [--only kill-valkey,flushall]``.

An existing FILE is gone on with until it holds N trials. Exit 0: nothing was lost in any; 1: something was, and FILE
tells the command that plays the trial again; 2: the trials could not be played.
"""

import argparse
import json
import random
import sys
from pathlib import Path

from loadtest.agreed.reading import ConfigurationError
from voucherlab.console import say
from voucherlab.kill_trials.campaign import Campaign
from voucherlab.kill_trials.faults import FAULTS
from voucherlab.kill_trials.tally import tally_for


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=len(FAULTS))
    parser.add_argument("--json", type=Path, help="the result; gone on with if it is there")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the first trial")
    parser.add_argument("--only", default=",".join(FAULTS), help="faults, with commas between")
    parser.add_argument("--rate", type=float, default=300.0, help="claims a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the peak")
    parser.add_argument("--keep", type=Path, help="folder for the remains of trials that failed")
    return parser.parse_args()


def _known(words: str) -> list[str]:
    names = [name for name in words.split(",") if name]
    if unknown := [name for name in names if name not in FAULTS]:
        raise ConfigurationError(f"{unknown}: there are only {', '.join(FAULTS)}")
    return names


def main() -> int:
    """Play them; the exit code."""
    asked = _asked()
    try:
        only = _known(asked.only)
        tally = tally_for(asked.json, seed=asked.seed, load={"rate": asked.rate, "seconds": asked.seconds})
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
        Campaign(tally, only, asked.keep, lambda: tally.write(asked.json) if asked.json else None).run(asked.trials)
    except ConfigurationError as error:
        say(f"voucherlab: {error}")
        return 2
    sys.stdout.write(json.dumps(tally.as_json(), ensure_ascii=False, indent=1) + "\n")
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
