"""One emulated vendor by itself.

python -m loadtest.favor_stock_vendor --try DIR [--defect NAME]   a vendor to try an adapter on; Ctrl-C ends it
python -m loadtest.favor_stock_vendor SETTINGS.json READY_FILE    as ``process`` starts it
"""

import argparse
import asyncio
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path

from loadtest.favor_stock_vendor.process import SIGNING_KEY_ENV, VendorProcess
from loadtest.favor_stock_vendor.serving import serve
from loadtest.favor_stock_vendor.settings import Settings, defect_names


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.favor_stock_vendor")
    parser.add_argument("files", nargs="*", type=Path, help="settings and ready file, as a program starts it")
    parser.add_argument("--try", dest="folder", type=Path, help="start a vendor whose target file is put into DIR")
    parser.add_argument("--defect", action="append", default=[], choices=defect_names())
    asked = parser.parse_args()
    if asked.folder is not None:
        _try(asked.folder, asked.defect)
    elif len(asked.files) == 2:
        settings = Settings.model_validate_json(asked.files[0].read_text(encoding="utf-8"))
        asyncio.run(serve(settings, asked.files[1]))
    else:
        parser.error("give --try DIR, or a settings file and a ready file")


def _try(folder: Path, defects: list[str]) -> None:
    vendor = VendorProcess(folder, defects=defects)
    ready = vendor.start()
    key_file = folder.absolute() / "signing-key.pem"
    key_file.touch(mode=0o600)
    key_file.write_text(ready.private_key_pem, encoding="utf-8")
    sys.stdout.write(
        f"模拟平台已启动 {ready.base_url}\n"
        f'export {SIGNING_KEY_ENV}="$(cat {shlex.quote(str(key_file))})"\n'
        f"voucherlab verify --target {shlex.quote(str(ready.target_file))}\n"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        signal.pause()
    vendor.stop()


if __name__ == "__main__":
    main()
