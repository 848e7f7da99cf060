"""`python -m loadtest.favor_stock_vendor SETTINGS.json READY_FILE`: one emulated vendor, as ``process`` starts it."""

import asyncio
import sys
from pathlib import Path

from loadtest.favor_stock_vendor.serving import serve
from loadtest.favor_stock_vendor.settings import Settings

if __name__ == "__main__":
    asyncio.run(serve(Settings.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])))
