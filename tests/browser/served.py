"""A real platform for pages in a browser, whose database is asked from elsewhere."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.scenario.platform import Platform, start_platform, stop_platform
from tests.scenario.sql import Sql


class SqlElsewhere(Sql):
    """SQL in a thread of its own, because Playwright's loop runs in this one."""

    def __init__(self, url: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(super().__init__, url).result()

    def rows(self, query: str, *values: Any) -> Any:
        return self._thread.submit(super().rows, query, *values).result()

    def close(self) -> None:
        self._thread.submit(super().close).result()
        self._thread.shutdown()


@contextmanager
def served(**environment: str) -> Iterator[Platform]:
    """A platform with two API processes and these settings."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-browser-"))
    running = start_platform(folder, environment=environment)
    own = replace(running, sql=SqlElsewhere(running.ready.database_url))
    running.sql.close()
    yield own
    stop_platform(own)
    shutil.rmtree(folder)
