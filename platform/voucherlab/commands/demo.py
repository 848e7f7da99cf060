"""`voucherlab demo`: the guided demonstration in a browser; or a whole voucher round, judged at the end."""

import asyncio
import os
import threading
from pathlib import Path
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
from voucherlab.demo.summary import Summary, judge, read_summary, steps_alone, with_steps, with_verification
from voucherlab.demo.telling import tell, tell_steps
from voucherlab.demo.verification import verify_briefly
from voucherlab.demo.whole_round import play_round
from voucherlab.errors import VoucherlabError
from voucherlab.guided.program import the_steps
from voucherlab.guided.serving import serve_guide
from voucherlab.guided.step import Step
from voucherlab.guided.walking import walk
from voucherlab.platform_process import PlatformProcess, ReadyPlatform
from voucherlab.ports import LOOPBACK

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
    scale: Annotated[float, typer.Option(min=0.01, max=10, help="Of the round: 1 is 26,000 vouchers. 规模。")] = 1.0,
    out: Annotated[Path, typer.Option(help="Folder for everything. 输出目录。")] = _DEFAULT_OUT,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the guide; 0: a free one. 导览端口。")] = 0,
    host: Annotated[str, typer.Option(help="Address the guide listens on. 导览监听地址。")] = LOOPBACK,
    whole: Annotated[
        bool | None, typer.Option("--round/--guide", help="The whole round first; the guide alone. 先跑整轮；只导览。")
    ] = None,
    leave: Annotated[bool, typer.Option("--exit", help="By itself, round and steps, then end. 自动走完。")] = False,
    brief: Annotated[bool, typer.Option(help="The round without steps and verification. 不做八步与检验。")] = False,
    recheck: Annotated[bool, typer.Option(help="Judge the round in OUT again. 重新核对已有结果。")] = False,
) -> None:
    """The guided demonstration in a browser. 演示导览：浏览器中逐步演示；--exit 自动跑完整轮与八步并核对。"""
    with plain_errors():
        if recheck:
            summary = _judge_again(out)
        else:
            folder = prepare(out)
            summary = _play(folder, seed=seed, scale=scale, brief=brief) if (leave if whole is None else whole) else {}
            if not leave:
                asyncio.run(serve_guide(folder, seed=seed, host=host, port=port, tell=_tell_address))
            elif not brief or not summary:
                summary = _walk(folder, summary, seed)
    raise typer.Exit(0 if summary.get("verdict", "PASS") == "PASS" else 1)


def _play(folder: Path, *, seed: int, scale: float, brief: bool) -> Summary:
    """The whole round on a platform of its own, judged and told."""
    platform = PlatformProcess(data_folder(folder), environment=_ENVIRONMENT)
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
        return summary
    finally:
        bars.stop()
        platform.stop()


async def _round(ready: ReadyPlatform, out: Path, seed: int, scale: float, bars: Bars) -> None:
    try:
        await play_round(ready, out, seed=seed, scale=scale, watcher=bars)
    except (Unexpected, httpx.HTTPError) as error:
        raise VoucherlabError(f"the round stopped / 演示中断: {error}\nlogs 日志：{out / 'data' / 'logs'}") from error


def _walk(folder: Path, summary: Summary, seed: int) -> Summary:
    """The eight steps without a person; the summary gains them, and fails when one fails."""
    bars, number = Bars(), {step.id: place for place, step in enumerate(the_steps(), start=1)}

    def begin(step: Step) -> None:
        bars.begin(f"演示导览第 {number[step.id]} 步 {step.title.zh} {step.title.en}", 1)

    try:
        bars.start()
        bars.begin("演示导览：启动全新的平台 Guided demonstration: a fresh platform", 1)
        steps = asyncio.run(walk(folder, seed=seed, begin=begin))
    finally:
        bars.stop()
    whole = with_steps(folder, summary, steps) if summary else steps_alone(folder, seed, steps)
    tell_steps(steps)
    return whole


def _tell_address(url: str) -> None:
    say(f"演示导览 guided demonstration: {url}")
    say("请用浏览器打开上面的地址　Open this address in a browser　　按 Ctrl-C 停止 Ctrl-C stops it")


def _judge_again(out: Path) -> Summary:
    if not (out / "records").is_dir():
        raise VoucherlabError(f"{out} holds no demo; run `voucherlab demo --round --out {os.fspath(out)}` first")
    before = read_summary(out)
    with stored_database(out) as database_url:
        summary = judge(out, database_url)
    if "verification" in before:
        summary = with_verification(out, summary, before["verification"])
    if "steps" in before:
        summary = with_steps(out, summary, before["steps"])
    tell(summary, out.absolute())
    return summary
