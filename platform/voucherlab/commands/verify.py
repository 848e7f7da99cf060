"""`voucherlab verify`: checks a platform against the notice and says PASS, FAIL or cannot tell, clause by clause."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from loadtest.agreed.reading import ConfigurationError, read_agreed
from loadtest.agreed.target import Target
from loadtest.bundle.writing import REPORT
from loadtest.faulty_vendors.catalogue import all_defects
from loadtest.favor_stock_vendor.settings import defect_names
from loadtest.vendor_claims.model import Claims
from loadtest.verdicts import EXIT_OUR_FAULT, EXIT_USAGE, exit_code
from loadtest.verify.plans import plan_named
from loadtest.verify.running import Order, check
from loadtest.verify.running import verify as run_verification
from loadtest.verify.telling import tell_findings
from voucherlab.console import say
from voucherlab.verifying.own_targets import OwnTarget, faulty_vendor, payment_vendor, reference
from voucherlab.verifying.self_test import run_self_test

_DEFAULT_OUT = Path("verify-out")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="verify")(verify)


@dataclass(frozen=True)
class _Options:
    """The command's options that say what to verify and with what."""

    target: Path | None
    vendor: str | None
    own: bool
    plan: str
    claims: Path | None
    out: Path
    only: tuple[str, ...]
    dry_run: bool
    key: Path | None


def verify(  # noqa: PLR0917 - a command's options are its parameters; typer passes them by name
    target: Annotated[Path | None, typer.Option(help="target.toml: the platform. 被测平台。")] = None,
    plan: Annotated[str, typer.Option(help="plan.toml, or quick, standard, full. 测试计划。")] = "standard",
    claims: Annotated[Path | None, typer.Option(help="claims.toml: what the vendor says. 平台方声明。")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the evidence. 证据目录。")] = _DEFAULT_OUT,
    only: Annotated[list[str] | None, typer.Option(help="Case (* allowed), clause or step. 只测这些。")] = None,
    dry_run: Annotated[bool, typer.Option(help="Check the files, send nothing. 只检查配置。")] = False,
    key: Annotated[Path | None, typer.Option(help="The bureau's private key (PEM) to sign with. 签名私钥。")] = None,
    own: Annotated[bool, typer.Option("--reference", help="Verify our own platform. 检验参考平台。")] = False,
    vendor: Annotated[str | None, typer.Option(help="faulty:NAME or favor_stock[:NAME], ours. 模拟平台。")] = None,
    self_test: Annotated[bool, typer.Option(help="Does the bench find every defect? 检验测试台自身。")] = False,
    repetitions: Annotated[int, typer.Option(min=1, max=1_000, help="Of the self-test. 自检重复次数。")] = 1,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="The self-test's result; gone on with if there. 自检结果，可续跑。"),
    ] = None,
) -> None:
    """Verify a platform. 检验平台。Exit: 0 PASS, 1 FAIL, 2 configuration, 3 a fault of ours, 4 cannot tell."""
    with exit_codes():
        if self_test:
            raise typer.Exit(run_self_test(repetitions=repetitions, json_file=json_file))
        options = _Options(target, vendor, own, plan, claims, out, tuple(only or ()), dry_run, key)
        raise typer.Exit(_verify(options))


@contextmanager
def exit_codes() -> Iterator[None]:
    """2 for a mistake of the person, 3 for one of ours: a fault of the bench never looks like a vendor's."""
    try:
        yield
    except typer.Exit:
        raise
    except ConfigurationError as error:
        say(f"voucherlab: {error}")
        raise typer.Exit(EXIT_USAGE) from None
    except Exception as error:
        say(f"voucherlab: a fault of the bench, not of the platform 测试程序自身出错: {error!r}")
        raise typer.Exit(EXIT_OUR_FAULT) from error


def _verify(options: _Options) -> int:
    plan = plan_named(options.plan)
    with _target(options) as live:
        order = Order(
            live.target, plan, options.out, options.only, live.restart, say, options.key, _claims(options.claims)
        )
        if options.dry_run:
            say(f"{len(check(order))} cases would be played, nothing was sent 配置无误，未发送任何请求")
            return 0
        findings = asyncio.run(run_verification(order))
    tell_findings(findings, options.out / REPORT)
    return exit_code(findings.overall)


def _claims(file: Path | None) -> Claims | None:
    return None if file is None else read_agreed(file, Claims)


@contextmanager
def _target(options: _Options) -> Iterator[OwnTarget]:
    """The platform to verify: of a file, or one of ours started for it."""
    ways = [options.target is not None, options.vendor is not None, options.own]
    if sum(ways) != 1:
        raise ConfigurationError("give one of --target, --reference, --vendor 三者选一")
    if options.target is not None:
        yield OwnTarget(read_agreed(options.target, Target), None)
        return
    with tempfile.TemporaryDirectory(prefix="voucherlab-verify-") as folder:
        if options.own:
            with reference(Path(folder)) as live:
                yield live
            return
        with _own_vendor(str(options.vendor), Path(folder)) as live:
            yield live


def _own_vendor(words: str, folder: Path) -> AbstractContextManager[OwnTarget]:
    """A vendor of ours by its words: ``faulty:NAME``, or ``favor_stock`` with or without ``:NAME``."""
    kind, _, name = words.partition(":")
    if kind == "favor_stock" and (not name or name in defect_names()):
        return payment_vendor(name or None, folder)
    if kind == "faulty" and (name == "correct" or name in all_defects()):
        return faulty_vendor(name, folder)
    raise ConfigurationError(
        f"--vendor {words}: faulty:NAME (NAME: correct, or one of `python -m loadtest.faulty_vendors --list`), or"
        f" favor_stock[:{'|'.join(sorted(defect_names()))}] 没有这个模拟平台"
    )
