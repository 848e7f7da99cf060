"""Every command and health check of docker-compose.yml, run on real servers. No container engine is needed.

Only addresses are replaced: the names of the services become loopback ports, paths of containers become files.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from tests.conftest import Services
from voucherlab.embedded_postgres import binaries
from voucherlab.embedded_valkey import server_program
from voucherlab.ports import free_port
from voucherlab.secrets_file import ensure_staff_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
_HEALTHY_SECONDS = 60.0
_STOP_SECONDS = 30.0


@dataclass
class Compose:
    """The set, as an engine would start it: `replaced` maps what the file says to what holds here."""

    folder: Path
    variables: Mapping[str, str]
    replaced: Mapping[str, str]
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        """Start a service's command, with further words behind."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [*self._words(SERVICES[name]["command"]), *more], cwd=ROOT, env=self._environment(name),
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        return self.running[name]

    def finish(self, name: str, *more: str, seconds: float) -> None:
        """Run a service to its end, which must be good."""
        code = self.start(name, *more).wait(seconds)
        assert code == 0, f"{name} ended with {code}:\n{self.log(name)}"

    def healthy(self, name: str) -> bool:
        """Whether the service's own health check passes now."""
        kind, *words = SERVICES[name]["healthcheck"]["test"]
        command = self._words(words if kind == "CMD" else words[0])
        # A container's first process is the service itself.
        pid = self.running[name].pid if name in self.running else 0
        command = [word.replace("/proc/1/", f"/proc/{pid}/") for word in command]
        done = subprocess.run(command, cwd=ROOT, env=self._environment(name), check=False, capture_output=True)
        return done.returncode == 0

    def wait_healthy(self, name: str) -> None:
        """Wait for the health check, while the service runs."""
        end_s = time.monotonic() + _HEALTHY_SECONDS
        while time.monotonic() < end_s and self.running[name].poll() is None:
            if self.healthy(name):
                return
            time.sleep(0.3)
        pytest.fail(f"{name} does not become healthy:\n{self.log(name)}")

    def log(self, name: str) -> str:
        """The end of what it said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")[-3000:]

    def end(self) -> None:
        """End what was started here, each with its own process group."""
        for name in reversed(self.running):
            process = self.running[name]
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, number)
                    try:
                        process.wait(_STOP_SECONDS)
                    except subprocess.TimeoutExpired:
                        continue

    def _words(self, command: str | list[str]) -> list[str]:
        # As Compose does it: variables first, then words.
        return shlex.split(self._filled(command)) if isinstance(command, str) else list(map(self._filled, command))

    def _environment(self, name: str) -> dict[str, str]:
        own = {key: self._filled(str(text)) for key, text in SERVICES[name].get("environment", {}).items()}
        path = os.pathsep.join([str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        kept = {key: text for key, text in os.environ.items() if not key.startswith(("VOUCHERLAB_", "LOADTEST_"))}
        return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", **self.environment, **own}

    def _filled(self, text: str) -> str:
        text = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: self.variables[found[1]], text)
        # In one pass, so that nothing is found inside what was put in before.
        said = "|".join(map(re.escape, self.replaced))
        return re.sub(rf"(?<!\w)(?:{said})(?!\w)", lambda found: self.replaced[found[0]], text)


@pytest.fixture
def compose(short_tmp: Path, services: Services) -> Iterator[Compose]:
    """The set's values: secrets of this run, the session's PostgreSQL, free ports, programs by their usual names."""
    database = urlsplit(services.postgres.create_database(f"compose_{short_tmp.name[-8:].lower()}"))
    assert database.username == "voucherlab", "the file's user"
    redis_port, api_port, web_port = free_port(), free_port(), free_port()
    programs = short_tmp / "bin"
    programs.mkdir()
    (programs / "redis-server").symlink_to(server_program())
    (programs / "pg_isready").symlink_to(binaries() / "pg_isready")
    staff = ensure_staff_file(short_tmp)
    variables = {
        "POSTGRES_PASSWORD": database.password or "", "REDIS_PASSWORD": "compose-only",
        "VOUCHERLAB_TOKEN_SECRET": "t" * 64, "VOUCHERLAB_IDENTITY_SECRET": "i" * 64,
        "VOUCHERLAB_METRICS_TOKEN": "m" * 64,
    }  # fmt: skip
    replaced = {
        "postgres:5432/voucherlab": f"127.0.0.1:{database.port}{database.path}",
        "redis:6379": f"127.0.0.1:{redis_port}", "platform:8000": f"127.0.0.1:{api_port}",
        "127.0.0.1:8000": f"127.0.0.1:{api_port}", "127.0.0.1:8089": f"127.0.0.1:{web_port}",
        "locust-master": "127.0.0.1", "/run/secrets/staff": str(staff),
        "/run/voucherlab/meters": str(short_tmp / "meters"), "0.0.0.0": "127.0.0.1", "8000": str(api_port),
    }  # fmt: skip
    server = {"PGHOST": "127.0.0.1", "PGPORT": str(database.port)}
    built = Compose(short_tmp, variables, replaced, server)
    try:
        yield built
    finally:
        built.end()


def _port_of(compose: Compose, said: str) -> str:
    return compose.replaced[said].rpartition(":")[2]


def test_every_command_of_the_compose_file_works_on_real_servers(compose: Compose) -> None:
    _start_stores(compose)
    compose.finish("migrate", seconds=60)
    _start_platform(compose)
    _play_the_city(compose)
    _load(compose)
    assert compose.running.keys() | {"postgres"} == SERVICES.keys(), "a service of the file was not run here"


def _start_stores(compose: Compose) -> None:
    data = compose.folder / "redis"
    data.mkdir()
    compose.start("redis", "--port", _port_of(compose, "redis:6379"), "--bind", "127.0.0.1", "--dir", str(data))
    assert "command" not in SERVICES["postgres"], "it is the session's server, healthy by the file's own check:"
    assert compose.healthy("postgres")


def _start_platform(compose: Compose) -> None:
    compose.start("platform")
    compose.start("worker")
    compose.wait_healthy("platform")
    compose.wait_healthy("worker")
    health = httpx.get(f"http://{compose.replaced['platform:8000']}/v1/health", trust_env=False).json()
    assert health["status"] == "ok", health
    sent = {"Authorization": f"Bearer {compose.variables['VOUCHERLAB_METRICS_TOKEN']}"}
    scrape = httpx.get(f"http://{compose.replaced['platform:8000']}/metrics", headers=sent, trust_env=False)
    assert set(re.findall(r'voucherlab_pulse_age_seconds{process="([^"]+)"}', scrape.text)) == {
        "api",
        "api.2",
        "worker",
    }


def _play_the_city(compose: Compose) -> None:
    city = compose.start("merchant_sim")
    assert compose.healthy("merchant_sim")
    assert city.wait(300) == 0, compose.log("merchant_sim")


def _load(compose: Compose) -> None:
    bind = str(free_port())
    words = ("--autostart", "--autoquit", "1", "--expect-workers", "1", "-u", "5", "-r", "5", "-t", "20s")
    web = _port_of(compose, "127.0.0.1:8089")
    master = compose.start("locust-master", *words, "--master-bind-port", bind, "--web-port", web)
    worker = compose.start("locust-worker", "--master-port", bind, "--people", "200")
    compose.wait_healthy("locust-master")
    codes = {master.wait(120), worker.wait(60)}
    assert codes == {0}, compose.log("locust-master") + compose.log("locust-worker")


def test_a_worker_that_died_is_not_healthy(compose: Compose) -> None:
    _start_stores(compose)
    compose.finish("migrate", seconds=60)
    worker = compose.start("worker")
    compose.wait_healthy("worker")
    worker.kill()
    worker.wait(_STOP_SECONDS)
    time.sleep(6)  # longer than a heartbeat counts
    assert not compose.healthy("worker")
