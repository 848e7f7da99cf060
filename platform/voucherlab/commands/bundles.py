"""What is done with the evidence of a run afterwards: judged again, checked for changes, compared, signed."""

from pathlib import Path
from typing import Annotated

import typer

from loadtest.agreed.reading import ConfigurationError
from loadtest.bundle.comparing.writing import NotComparable
from loadtest.bundle.comparing.writing import compare as compare_bundles
from loadtest.bundle.signing import UnusableKey, create_key_pair, read_private_key, read_public_key
from loadtest.bundle.verification import SIGNATURE_ZH, check_bundle
from loadtest.verdicts import EXIT_USAGE, exit_code
from loadtest.verify.rechecking import recheck as judge_again
from loadtest.verify.settling import settle as make_final
from voucherlab.commands.verify import exit_codes
from voucherlab.console import say

BundleArgument = Annotated[Path, typer.Argument(help="Folder of a finished run. 证据目录。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(name="recheck")(recheck)
    app.command(name="verify-bundle")(verify_bundle)
    app.command(name="compare")(compare)
    app.command(name="make-key")(make_key)
    app.command(name="settle")(settle)


def recheck(folder: BundleArgument) -> None:
    """Make the verdict again from the stored evidence. 用留存证据重新判定。Exit 3 when it comes out different."""
    with exit_codes():
        outcome = judge_again(folder)
        for line in outcome.differences:
            say(f"  {line}")
        if outcome.differences:
            say("重新判定与留存结论不一致 the verdict made again differs from the stored one")
            raise typer.Exit(3)
        say(
            f"重新判定结果一致 reproduced: {outcome.verdict.value}，{outcome.cases} 个用例，"
            f"{outcome.witnesses} 份证据由独立程序复核 witnesses re-decided by a program that shares no code"
        )
        raise typer.Exit(exit_code(outcome.verdict))


def verify_bundle(
    folder: BundleArgument,
    public_key: Annotated[Path | None, typer.Option(help="The bureau's public key (PEM). 主管部门公钥。")] = None,
) -> None:
    """Check that not a byte of a bundle has changed, and who signed it. 校验证据包。Exit 1 on any change."""
    with exit_codes():
        try:
            key = read_public_key(public_key) if public_key else None
        except UnusableKey as error:
            raise ConfigurationError(f"--public-key: {error}") from error
        checked = check_bundle(folder, key)
        for problem in checked.problems:
            say(f"  {problem}")
        say(f"{'证据包有改动 changed' if checked.problems else '证据包完整 whole'}；{SIGNATURE_ZH[checked.signature]}")
        raise typer.Exit(1 if checked.problems else 0)


def compare(
    folders: Annotated[list[Path], typer.Argument(help="Bundles of one plan. 同一测试计划的证据目录。")],
    out: Annotated[Path, typer.Option(help="Folder for table and page. 输出目录。")] = Path("compare-out"),
) -> None:
    """Put several vendors beside each other, clause by clause. 多家平台逐条对照；不打分、不排名。"""
    with exit_codes():
        try:
            page = compare_bundles(folders, out)
        except NotComparable as error:
            raise ConfigurationError(str(error)) from error
        say(f"对照表 comparison: {page}")


def make_key(
    private: Annotated[Path, typer.Argument(help="Where the private key goes (0600). 私钥文件。")],
    public: Annotated[Path, typer.Argument(help="Where the public key goes. 公钥文件。")],
) -> None:
    """Make the bureau's key pair for signing evidence. 生成签名密钥对；私钥只由主管部门保管。"""
    with exit_codes():
        try:
            say(f"指纹 fingerprint: {create_key_pair(private, public)}")
        except (UnusableKey, OSError) as error:
            raise typer.Exit(EXIT_USAGE) from error


def settle(
    folder: BundleArgument,
    note: Annotated[str, typer.Option(help="What was objected and answered. 异议与答复概要。")],
    waived: Annotated[str, typer.Option(help="Why the time need not be waited for. 提前的理由。")] = "",
    key: Annotated[Path | None, typer.Option(help="The bureau's private key (PEM). 签名私钥。")] = None,
) -> None:
    """Make a preliminary verdict final, once objections are answered. 异议期满并答复后，将初步结论定为最终结论。"""
    with exit_codes():
        try:
            private = read_private_key(key) if key else None
        except UnusableKey as error:
            raise ConfigurationError(f"--key: {error}") from error
        findings = make_final(folder, note=note, waived=waived, key=private)
        say(f"最终结论 final: {findings.overall.value}")
