"""``python -m loadtest.nullserver [--port N] [--ready-file FILE]``."""

import argparse
from pathlib import Path

from loadtest.nullserver.serving import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", type=Path)
    options = parser.parse_args()
    serve(options.port, options.ready_file)
