# Everything that is done with this folder. `make` alone lists it.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# Written when everything is installed as pyproject.toml and constraints.txt say; older than they, it is done again.
INSTALLED := .venv/.installed
INSTALLED_TEST := .venv/.installed-test
# Most tests wait for a server or another process, so twice as many run at once as there are processors.
PYTEST := $(BIN)/python -m pytest -n $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Set in some containers: then every process that is started compiles all of Python's modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo up test browser check format chaos bench serif pictures clean

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Play an audience through eight weeks in a minute. ARGS="--exit --json out.json" passes options on.
	@$(BIN)/funnel demo $(ARGS)

up: $(INSTALLED) ## Run the whole service on this machine. ARGS="--port 8080" passes options on.
	@$(BIN)/funnel up $(ARGS)

test: $(INSTALLED_TEST) ## Run the tests, each on one database. ARGS="-k clock" passes options on.
	@CI=1 $(PYTEST) --part test $(ARGS)

browser: $(INSTALLED_TEST) ## Run the rest: the other database, every browser and device, the mail filter.
	@CI=1 $(PYTEST) --part browser $(ARGS)

check: $(INSTALLED_TEST) ## Look at the code and at the sequences for mistakes.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive funnel workers
	@$(BIN)/funnel check sequences

format: $(INSTALLED_TEST) ## Put the code into the house's form.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

chaos: $(INSTALLED_TEST) ## Kill, empty, restart and drop at random for five minutes, then reconcile. ARGS="--seed 7" repeats one.
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(INSTALLED_TEST) ## Measure. ARGS passes options on.
	@$(BIN)/python -m benchmarks $(ARGS)

serif: $(INSTALLED_TEST) ## Make the font of headings anew, from the one that sets the e-book.
	@$(BIN)/python -m looks.serif

pictures: $(INSTALLED_TEST) ## Take pictures of every page into docs/images. ARGS="home thanks --to DIR" takes single ones.
	@$(BIN)/python -m looks.pictures $(ARGS)

clean: ## Take away what was installed. What the service keeps in data/ stays.
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is not. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv

$(INSTALLED): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing; this happens once …"
	@$(PIP) --editable .
	@touch $@

$(INSTALLED_TEST): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing what the tests need; this happens once …"
	@$(PIP) --editable '.[test]'
	@touch $@ $(INSTALLED)
