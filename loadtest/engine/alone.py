"""``python -m loadtest.engine.alone URL FOLDER``: one worker plays a prepared folder, statistics and all.

For qualification: what Locust's command line does around a run is not what is measured.
"""

import sys
from pathlib import Path

from locust.env import Environment

from loadtest.engine.reporting import reporter
from loadtest.engine.working import Worker, soon_ns, take_precedence

_LEAD_S = 0.2


def play(base_url: str, folder: Path) -> None:
    """From the first request to the figures. Raises CannotStart."""
    take_precedence()
    environment = Environment()
    environment.create_local_runner()  # its statistics hear of every request
    Worker(folder, number=0, workers=1, base_url=base_url, report=reporter(environment)).play(soon_ns(_LEAD_S))


if __name__ == "__main__":
    play(sys.argv[1], Path(sys.argv[2]))
