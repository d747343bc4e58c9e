# `make demo` and `make test` set up everything they need on a machine with Python 3.11 or later.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CASE   ?= demo/case

.PHONY: help setup demo test lint types docs lock bench clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## a virtual environment in .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $(STAMP)

demo: $(STAMP)   ## simulate a takedown, run the main job on it, say where the report is
	rm -rf demo
	$(BIN)/undertow simulate demo/takedown --scenario demo --seed 1
	$(BIN)/undertow run demo/takedown/synthetic_takedown_*.csv.gz --title "A simulated takedown" --case $(CASE)
	@echo "report: $(CASE)/report.html"

test: $(STAMP)   ## the whole test suite
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

lint: $(STAMP)   ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## strict types
	$(BIN)/mypy

docs: $(STAMP)   ## the reference pages out of the program, then the documentation in site/
	$(BIN)/python docs/generate_reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: $(STAMP)   ## renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate \
	  --extra spark --extra embeddings --extra dev --extra docs pyproject.toml -o requirements.lock

clean:           ## remove what make made
	rm -rf $(VENV) demo site .pytest_cache .mypy_cache .ruff_cache
