# The one door to everything: make demo | test | check | bench | docs   (also: lock, clean)

# Nothing but Python 3.11 to 3.14 is needed; the first that fits is taken.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --no-config --quiet
RUN := PYTHONPATH=src DJANGO_SETTINGS_MODULE=chainbreak.config.settings
# How many tests run side by side
WORKERS ?= 2
WORDS := $(wildcard src/chainbreak/locale/words/*.tsv)
MO := src/chainbreak/locale/zh_Hans/LC_MESSAGES/django.mo
.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs lock clean browser
.DELETE_ON_ERROR:

help:
	@echo "make demo    build the reference outbreak and serve it at http://127.0.0.1:8000"
	@echo "make test    run every check and test"
	@echo "make check   formatting, arrows, types, translations, migrations"
	@echo "make bench   run the benchmarks"
	@echo "make docs    build the manual into site/"

# --- Setting up: every package is pinned with its hash ---

$(VENV)/.bootstrap: requirements/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Chainbreak needs Python 3.11 to 3.14 with the venv module (Debian: apt-get install python3-venv). Or: make PYTHON=/path/to/python3" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $(PYTHON) …"; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(VENV)/.user: $(VENV)/.bootstrap requirements/user.txt pyproject.toml setup.py
	@echo "Installing what Chainbreak needs …"
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements/user.txt
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.user requirements/dev.txt
	@echo "Installing the tools for checks and tests …"
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

$(MO): $(WORDS) tools/words.py | $(VENV)/.user
	@$(BIN)/python tools/words.py

# --- What people ask for ---

demo: $(VENV)/.user $(MO)
	@exec $(BIN)/chainbreak demo

test: $(VENV)/.dev $(MO)
	@$(MAKE) --no-print-directory browser check
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

browser:
	@sh tools/browser.sh

check: $(VENV)/.dev $(MO)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tools/words.py --check
	@files=$$(find src/chainbreak -path '*/templates/*' -name '*.html'); test -z "$$files" || $(BIN)/djade --check --target-version 5.2 $$files
	$(RUN) $(BIN)/python -m django check --fail-level WARNING
	$(RUN) $(BIN)/python -W "ignore:Got an error checking a consistent migration history" -m django makemigrations --check --dry-run

bench: $(VENV)/.user $(MO)
	$(BIN)/chainbreak bench all

docs: $(VENV)/.dev
	$(BIN)/zensical build --clean --strict

# --- Looking after ---

lock: $(VENV)/.bootstrap
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links requirements/bootstrap.in -o requirements/bootstrap.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/user.txt
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -c requirements/user.txt -o requirements/dev.txt

clean:
	rm -rf $(VENV) build site .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache src/*.egg-info src/chainbreak/locale/zh_Hans
	find src tests tools -name __pycache__ -prune -exec rm -rf {} +
	@echo "The data in .chainbreak were left alone."
