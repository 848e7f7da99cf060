"""`voucherlab demo`: a whole voucher round on a platform of its own, judged at the end."""

import asyncio
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer

from merchant_sim.actors.desk import Unexpected
from merchant_sim.city import MAX_SEED
from merchant_sim.story.plan import city_of
from voucherlab.console import plain_errors, say
from voucherlab.demo.bars import Bars
from voucherlab.demo.folder import data_folder, prepare
from voucherlab.demo.stored import stored_database
from voucherlab.demo.summary import Summary, judge, read_summary, with_verification
from voucherlab.demo.telling import tell
from voucherlab.demo.verification import verify_briefly
from voucherlab.demo.whole_round import play_round
from voucherlab.errors import VoucherlabError
from voucherlab.platform_process import PlatformProcess, ReadyPlatform

_DEFAULT_OUT = Path("demo-out")
# The simulated people have addresses of their own; the moved clock is learnt of, and codes go stale, sooner than usual.
_ENVIRONMENT = {
    "VOUCHERLAB_TRUST_FORWARDED_FOR": "1",
    "VOUCHERLAB_POLL_MS": "100",
    "VOUCHERLAB_DYNAMIC_CODE_SECONDS": "2",
}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="demo")(demo)


def demo(  # noqa: PLR0917 - a command's options are its parameters; typer passes them by name
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Same seed, same city. 随机种子。")] = 20260101,
    scale: Annotated[float, typer.Option(min=0.01, max=10, help="1: 26,000 vouchers. 规模。")] = 1.0,
    out: Annotated[Path, typer.Option(help="Folder for everything. 输出目录。")] = _DEFAULT_OUT,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one. 0 为自动选择。")] = 0,
    leave: Annotated[bool, typer.Option("--exit", help="End instead of staying up. 结束后退出。")] = False,
    brief: Annotated[bool, typer.Option(help="Without the short verification. 不做末尾的简短检验。")] = False,
    recheck: Annotated[bool, typer.Option(help="Judge the round in OUT again. 重新核对已有结果。")] = False,
) -> None:
    """Play a whole voucher round and judge it. 演示：完整跑一轮消费券，并核对每一分钱。"""
    with plain_errors():
        summary = (
            _judge_again(out) if recheck else _play(out, seed=seed, scale=scale, port=port, leave=leave, brief=brief)
        )
    raise typer.Exit(0 if summary["verdict"] == "PASS" else 1)


def _play(out: Path, *, seed: int, scale: float, port: int, leave: bool, brief: bool) -> Summary:
    folder = prepare(out)
    platform = PlatformProcess(data_folder(folder), port=port, environment=_ENVIRONMENT)
    bars = Bars()
    try:
        bars.start()
        bars.begin("启动 PostgreSQL、Valkey、平台 Start the platform", 1)
        city = threading.Thread(target=city_of, args=(seed, scale))
        city.start()  # takes seconds at full size, and the platform takes its own to start
        ready = platform.start()
        city.join()
        asyncio.run(_round(ready, folder, seed, scale, bars))
        bars.begin("核对 Judge", 1)
        summary = judge(folder, ready.database_url)
        if not brief:
            bars.begin("检验参考平台与一个有缺陷的平台 Verify ours and a faulty platform", 1)
            summary = with_verification(folder, summary, verify_briefly(ready, folder))
        bars.stop()
        tell(summary, folder)
        if not leave:
            _stay_up(ready)
        return summary
    finally:
        bars.stop()
        platform.stop()


async def _round(ready: ReadyPlatform, out: Path, seed: int, scale: float, bars: Bars) -> None:
    try:
        await play_round(ready, out, seed=seed, scale=scale, watcher=bars)
    except (Unexpected, httpx.HTTPError) as error:
        raise VoucherlabError(f"the round stopped / 演示中断: {error}\nlogs 日志：{out / 'data' / 'logs'}") from error


def _stay_up(ready: ReadyPlatform) -> None:
    """Wait for Ctrl-C or SIGTERM with the platform up."""
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    say(f"平台仍在运行，接口文档 API docs: {ready.base_url}/docs")
    say(f"登录用户与密码 sign-ins: {ready.staff_file}　　按 Ctrl-C 停止 Ctrl-C stops it")
    told.wait()
    say("正在停止 stopping …")


def _judge_again(out: Path) -> Summary:
    if not (out / "records").is_dir():
        raise VoucherlabError(f"{out} holds no demo; run `voucherlab demo --out {os.fspath(out)}` first")
    before = read_summary(out)
    with stored_database(out) as database_url:
        summary = judge(out, database_url)
    if "verification" in before:
        summary = with_verification(out, summary, before["verification"])
    tell(summary, out.absolute())
    return summary
