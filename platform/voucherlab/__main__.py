"""Lets `python -m voucherlab` run the command line."""

from voucherlab.cli import app

if __name__ == "__main__":
    app(prog_name="voucherlab")
