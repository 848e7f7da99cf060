#!/usr/bin/env bash
# Gathers all that a machine without network needs into one folder: every locked wheel for this kind of machine and
# this minor version of Python, and the committed tree. On the other machine:
#   tar xf KIT/voucherlab.tar.gz && cd voucherlab && make setup KIT=/path/to/KIT
# Run it with the Python version the other machine has (PYTHON=python3.12 make offline-kit).
set -euo pipefail
cd "$(dirname "$0")/.."

kit="${1:-kit}"
mkdir -p "$kit"
.venv/bin/python -m pip download --disable-pip-version-check --quiet --require-hashes --only-binary :all: \
    -r requirements.lock -d "$kit"
git archive --format=tar.gz --prefix=voucherlab/ -o "$kit/voucherlab.tar.gz" HEAD
echo "offline kit: $kit, $(find "$kit" -name '*.whl' | wc -l) wheels, $(du -sh "$kit" | cut -f1)"
