# The two commands that matter: `make run` and `make test`. Both make the environment first, once.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-lock
PEERS := var/peers/.made-from-lock

.DEFAULT_GOAL := help
.PHONY: help run test lint unit bench bench-nights bench-peers peers chaos truth check docs sample lock clean

help:           ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMP)   ## Run the nightly flow on the three samples and print the findings that matter most
	$(BIN)/python -m flows.nightly

test: lint unit ## Run linters, type checks, doc checks and every test

lint: $(STAMP)  ## Linters, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 sql docs/recipes

unit: $(STAMP)  ## Tests
	$(BIN)/python -m pytest -n 2 --dist loadscope --durations=12

bench: $(STAMP) $(PEERS) ## Speed, as ratios of one run
	$(BIN)/python -m bench
	$(BIN)/python -m bench.funnels

bench-nights: $(STAMP) ## What a night costs after a month and a year of history
	$(BIN)/python -m bench.nights

bench-peers: $(STAMP) $(PEERS) ## Loading against polars, chdb and other statements, on the same files
	$(BIN)/python -m bench.peers

peers: $(PEERS) ## polars and chdb in an environment of their own: for measuring, and as an oracle of the tests

# a gigabyte that nobody needs who runs a night, so it stays out of the environment
$(PEERS): bench/bench.lock
	@test -x var/peers/bin/python || $(PYTHON) -m venv var/peers
	@var/peers/bin/python -m pip install --quiet --require-hashes -r bench/bench.lock
	@touch $(PEERS)

chaos: $(STAMP) ## Kill 50 nights at random moments, and load exports that are too much
	$(BIN)/python -m tests.chaos
	$(BIN)/python -m tests.chaos_exports

truth: $(STAMP) ## What the findings say of generated sites whose truth is known; goes on where it stopped
	$(BIN)/python -m tests.truth

check: $(STAMP) ## Check all definitions without data
	$(BIN)/journey check

docs: $(STAMP)  ## Write the catalogue and the JSON Schemas
	$(BIN)/journey docs

sample: $(STAMP) ## Make the samples anew (the seed is fixed, so the same files)
	$(BIN)/journey sample

# uv is five times as fast as pip; where it cannot reach the package index that pip is set up for, pip does the same
$(STAMP): requirements.lock bootstrap.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r bootstrap.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --compile-bytecode --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

lock: $(STAMP)  ## Pin anew: newest versions that pyproject.toml allows, with hashes and without addresses
	$(BIN)/uv pip compile --extra dev --extra predict pyproject.toml --upgrade --no-header --no-annotate --generate-hashes \
		-o requirements.lock

clean:          ## Remove what was made: environment, databases, output
	rm -rf $(VENV) var out .prefect
