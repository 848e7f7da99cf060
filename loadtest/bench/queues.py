"""How long the platform's queues get, as its own figures tell while a load runs."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_EVERY_S = 0.25
_TIMEOUT_S = 5.0
_LINE = re.compile(r"voucherlab_claims_(under_way|under_way_limit|waiting)\{(?P<labels>[^}]*)\} (?P<number>[0-9.e+]+)")
_STAGE = re.compile(r'stage="(\w+)"')


@contextmanager
def watched(base_url: str) -> Iterator[dict[str, float]]:
    """The highest value of each gauge of claims, by ``under_way``, ``under_way_limit``, ``waiting_commit`` and so on.

    ``scrapes`` counts how often the platform told. A scrape that it does not answer in time is no figure, and no fault.
    """
    highest: dict[str, float] = {"scrapes": 0}
    done = threading.Event()

    def watch() -> None:
        with httpx.Client(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False) as client:
            while not done.wait(_EVERY_S):
                try:
                    told = client.get("/metrics")
                except httpx.HTTPError:
                    continue
                if told.status_code == 200:
                    take_highest(highest, told.text)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        done.set()
        thread.join(2 * _TIMEOUT_S)


def take_highest(highest: dict[str, float], text: str) -> None:
    """Raise each gauge to what this scrape of all processes says of it."""
    highest["scrapes"] = highest.get("scrapes", 0) + 1
    for found in _LINE.finditer(text):
        stage = _STAGE.search(found["labels"])
        name = f"{found[1]}_{stage[1]}" if stage else found[1]
        highest[name] = max(highest.get(name, 0.0), float(found["number"]))
