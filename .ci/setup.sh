#!/usr/bin/env bash
# Makes .venv from requirements.lock, hashes checked, then installs this tree into it (editable).
# Environment: PYTHON  the interpreter to use (else the first of python3, python3.13 … that is 3.11 or newer)
#              KIT     a folder of wheels made by `make offline-kit`; nothing is then asked of the network
#              NO_UV   set to use plain pip even where uv is on PATH
set -euo pipefail
cd "$(dirname "$0")/.."

die() { printf '\nsetup: %s\n' "$*" >&2; exit 1; }
fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if fits "$candidate"; then echo "$candidate"; return; fi
    done
    die "Python 3.11 or newer is needed; found: $(${PYTHON:-python3} --version 2>&1 || echo none). \
Install one, or say PYTHON=/path/to/python3.11. 需要 Python 3.11 或更高版本。"
}

make_venv() {
    local python="$1"
    "$python" -c 'import venv, ensurepip' 2>/dev/null || die "$("$python" --version) has no venv module. \
On Debian and Ubuntu: apt-get install python3-venv. 缺少 venv 模块。"
    rm -rf .venv
    "$python" -m venv .venv
}

install_with_uv() {
    uv pip install --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
    uv pip install --python .venv/bin/python --no-deps --no-build-isolation --no-index -e .
}

install_with_pip() {
    local source=()
    if [ -n "${KIT:-}" ]; then source=(--no-index --find-links "$KIT"); fi
    .venv/bin/python -m pip install --disable-pip-version-check --quiet ${source[@]+"${source[@]}"} --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-index --no-deps --no-build-isolation -e .
}

if [ -n "${KIT:-}" ] && [ ! -d "$KIT" ]; then die "KIT=$KIT is no folder"; fi
# An environment of another Python, moved from elsewhere, or broken half-way is made anew, never mended.
if ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python="$(find_python)" # on its own line, so that a failure inside ends the script
    make_venv "$python"
fi
echo "setup: installing requirements.lock into .venv ($(.venv/bin/python --version))"
if [ -z "${KIT:-}" ] && [ -z "${NO_UV:-}" ] && uv --version >/dev/null 2>&1; then
    install_with_uv
else
    install_with_pip
fi
# Every process of the platform starts from compiled modules, also where Python is told not to write them by itself.
.venv/bin/python -m compileall -q platform/voucher_console platform/voucher_contract platform/voucher_platform platform/voucherlab merchant_sim loadtest
touch .venv/.installed
echo "setup: done"
