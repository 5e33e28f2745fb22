# make demo    try Gatepost on this machine, with a messenger of its own: no account anywhere is needed
# make test    all tests
# make check   formatting, lints, types, import arrows, and all tests
# make bench   how fast it is here
# make defences   take each defence of docs/security.md out of a copy, and see that its tests notice; takes minutes
# make screenshots   pictures of every state of the login page and the widget, into build/screenshots
# make lock    write the lock files anew from pyproject.toml
# make clean   remove what the others made
#
# Everything is installed into .venv; PYTHON=python3.12 chooses another Python than python3. Tests run WORKERS at once,
# two for each processor, as many of them wait; WORKERS=0 runs them one after the other. THREATS="T9 T35" tries the
# defences against these alone.

PYTHON ?= python3
UV_VERSION := 0.13.8

export PYTHON

BIN := .venv/bin
RUN_STAMP := .venv/.requirements.stamp
DEV_STAMP := .venv/.requirements-dev.stamp

WORKERS ?= $(shell $(BIN)/python -c 'import os; print(2 * os.cpu_count())')
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --durations 10

.PHONY: demo test check bench defences screenshots lock clean

demo: $(RUN_STAMP)
	$(BIN)/python -m daemon demo

test: $(DEV_STAMP)
	$(PYTEST)

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

bench: $(DEV_STAMP)
	$(BIN)/python -m bench

defences: $(DEV_STAMP)
	$(BIN)/python -m tests.defences $(THREATS)

screenshots: $(DEV_STAMP)
	$(BIN)/python scripts/screenshots

$(RUN_STAMP): requirements.lock scripts/make-venv
	scripts/make-venv requirements.lock
	@touch $@

# The second lock holds the first, so neither is installed twice.
$(DEV_STAMP): requirements-dev.lock requirements.lock scripts/make-venv
	scripts/make-venv requirements-dev.lock
	@touch $(RUN_STAMP) $@

GENERATORS := tests/stories/generators
COMPILE := .venv/.lock-tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

lock: .venv/.lock-tools/bin/uv
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --group dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --output-file $(GENERATORS)/requirements.lock $(GENERATORS)/requirements.in

.venv/.lock-tools/bin/uv: Makefile
	$(PYTHON) -m venv --clear .venv/.lock-tools
	.venv/.lock-tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist \
		tests/browser/axe/node_modules $(GENERATORS)/node_modules $(GENERATORS)/.venv
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
