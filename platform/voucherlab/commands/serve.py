"""`voucherlab serve`: the whole platform until it is told to stop."""

import os
import signal
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import redis
import typer

from voucher_platform.claims.cluster_view import NotCovered
from voucherlab.console import log_to_stderr, plain_errors, say
from voucherlab.files import write_private_json
from voucherlab.store_sight import see
from voucherlab.supervisor import Supervisor
from voucherlab.supervisor_config import SupervisorConfig

DataOption = Annotated[Path, typer.Option("--data", help="Data folder, private. 数据目录。")]
DEFAULT_DATA = Path("voucherlab-data")
_STOPPING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _StopRequested(BaseException):
    """Raised by the signal handler wherever the main thread is: starting up or waiting."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="serve")(serve)


def serve(  # noqa: PLR0917 - a command's options are its parameters; typer passes them by name
    data: DataOption = DEFAULT_DATA,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one. 0 为自动选择。")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on. 监听地址。")] = "127.0.0.1",
    api_workers: Annotated[int, typer.Option(min=1, max=64, help="API processes. API 进程数。")] = 2,
    sandbox: Annotated[bool, typer.Option(help="Sandbox clock and people. 沙箱时钟与模拟居民。")] = False,
    appendfsync: Annotated[Literal["always", "everysec"], typer.Option(help="Valkey's AOF.")] = "everysec",
    ready_file: Annotated[Path | None, typer.Option(help="Written (JSON) once it answers.")] = None,
) -> None:
    """Run PostgreSQL, Valkey, API and worker until Ctrl-C. 运行整个平台，Ctrl-C 停止。"""
    log_to_stderr()
    config = SupervisorConfig(
        data_dir=data,
        host=host,
        port=port,
        api_workers=api_workers,
        sandbox=sandbox,
        appendfsync=appendfsync,
        database_url=os.environ.get("DATABASE_URL"),
        redis_url=os.environ.get("REDIS_URL"),
    )
    with plain_errors():
        run_until_told(Supervisor(config), ready_file)


def run_until_told(supervisor: Supervisor, ready_file: Path | None) -> None:
    """Starts, writes the ready file, waits for a stopping signal, stops in order. A second signal forces."""
    for number in _STOPPING_SIGNALS:
        signal.signal(number, _raise_stop)
    try:
        supervisor.start()
        say(f"voucherlab: {supervisor.base_url}  (API docs 接口文档：{supervisor.base_url}/docs)")
        if supervisor.config.redis_url:
            say(f"hot store 缓存库: {_seen(supervisor.redis_url)}")
        if ready_file is not None:
            write_private_json(ready_file.absolute(), _ready(supervisor))
        supervisor.wait()
    except _StopRequested:
        say("voucherlab: stopping 正在停止 …")
    finally:
        supervisor.stop()


def _raise_stop(_number: int, _frame: FrameType | None) -> None:
    raise _StopRequested


def _seen(redis_url: str) -> str:
    """The store in words; that one is away at this moment is no reason to stop."""
    try:
        return see(redis_url).in_words()
    except (redis.RedisError, OSError, ValueError, NotCovered) as error:
        return type(error).__name__


def _ready(supervisor: Supervisor) -> dict[str, object]:
    return {
        "base_url": supervisor.base_url,
        "database_url": supervisor.database_url,
        "redis_url": supervisor.redis_url,
        "staff_file": str(supervisor.staff_file),
        "pids": supervisor.pids(),
    }
