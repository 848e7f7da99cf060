# Every target sets up .venv by itself where needed, as root or not.
#   make demo ARGS="--exit --out DIR"     make setup KIT=DIR     (no network: wheels from DIR)
#   PYTHON=python3.12 make setup          NO_UV=1 make setup     (plain pip even where uv is there)
.DEFAULT_GOAL := help
.PHONY: help setup lint test test-slow test-pages test-full demo verify offline-kit lock clean

KIT ?= $(OFFLINE)
export KIT PYTHON NO_UV
OUT ?= kit
BIN := .venv/bin
SOURCES := platform/voucher_console platform/voucher_contract platform/voucher_platform platform/voucherlab merchant_sim loadtest tests .ci/check_summary.py

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

.venv/.installed: pyproject.toml requirements.lock .ci/setup.sh
	@bash .ci/setup.sh

setup: .venv/.installed ## make .venv from the lock

lint: setup ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

test: setup ## the fast tests
	$(BIN)/pytest -m "not slow and not full" -n 2 --dist loadfile $(ARGS)

test-slow: setup ## tests that kill servers, cut the network, take long
	$(BIN)/pytest -m slow --ignore=tests/browser $(ARGS)
	$(MAKE) test-pages

test-pages: setup ## every page in real Chromium, two at a time (part of test-slow)
	$(BIN)/pytest -m slow tests/browser -n 2 --dist loadfile

test-full: setup ## the size of a real issue
	$(BIN)/pytest -m full $(ARGS)

demo: setup ## the guided demonstration in a browser; ARGS="--exit": it and a whole round, by themselves
	$(BIN)/voucherlab demo $(ARGS)

verify: setup ## test a platform, e.g. ARGS="--vendor faulty:double-redemption --plan quick --only redeeming-raced"
	$(BIN)/voucherlab verify $(ARGS)

offline-kit: setup ## all wheels and the tree in one folder (OUT=kit)
	@bash .ci/offline_kit.sh $(OUT)

# --no-config and the two --no-emit flags keep one machine's mirrors and folders out of the lock.
lock: ## requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --no-config --all-extras --universal --generate-hashes --python-version 3.11 \
	    --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    --quiet -o requirements.lock $(ARGS)

clean: ## remove .venv and what tools left behind
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
