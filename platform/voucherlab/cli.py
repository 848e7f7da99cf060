"""The `voucherlab` command line. A new command is a module with `register(app)`, named in `_COMMANDS`."""

import importlib

import typer

# Each is imported here only to register itself, so that one line adds a command.
_COMMANDS = (
    "voucherlab.commands.serve",
    "voucherlab.commands.doctor",
    "voucherlab.commands.migrate",
    "voucherlab.commands.demo",
    "voucherlab.commands.judge",
    "voucherlab.commands.verify",
    "voucherlab.commands.bundles",
    "voucherlab.commands.selection",
    "voucherlab.commands.console",
)

app = typer.Typer(
    name="voucherlab",
    help="Consumer vouchers: reference platform, demo and checks. 消费券：参考平台、演示与检验。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def _main() -> None:
    """Keeps every command a named one, whatever their number."""


for _module in _COMMANDS:
    importlib.import_module(_module).register(app)
