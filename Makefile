# Shorthand for a handful of plain commands. Needs nothing installed but make and Python >= 3.11 with its venv module
# (on Debian: apt-get install make python3-venv). Without make, `make demo` is
#
#   python3 -m venv .venv
#   .venv/bin/pip install -r requirements.lock
#   .venv/bin/python -m campaigns demo
#
# and `make test` is the same with requirements-dev.lock and `.venv/bin/python -m pytest -n auto`.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet --require-hashes
UV_VERSION := 0.13.9
LOCK_VENV := .venv-lock
COMPILE := $(LOCK_VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-config --no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

.PHONY: demo test check format lock clean
.DELETE_ON_ERROR:

# A running installation with a demo campaign; `make demo ARGS="--port 8010"` passes options on.
demo: $(VENV)/.runtime
	@$(RUN) -m campaigns demo $(ARGS)

# All tests, on as many cores as there are; `make test ARGS="-k refund"` picks some.
test: $(VENV)/.dev
	@$(RUN) -m pytest -n auto $(ARGS)

check: $(VENV)/.dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

format: $(VENV)/.dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

# Both locks anew from pyproject.toml, keeping the pins that still fit; `make lock UPGRADE=--upgrade` takes the newest.
lock: $(LOCK_VENV)/.uv-$(UV_VERSION)
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --group dev --output-file requirements-dev.lock pyproject.toml

# The data folder, instance/, stays: it may hold somebody's money.
clean:
	rm -rf $(VENV) $(LOCK_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
	find campaigns migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One environment serves both: the development lock holds everything of the other, at the same versions.
$(VENV)/.runtime: requirements.lock | $(RUN)
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(RUN)
	$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

$(LOCK_VENV)/.uv-$(UV_VERSION):
	$(PYTHON) -m venv --clear $(LOCK_VENV)
	$(LOCK_VENV)/bin/python -m pip --disable-pip-version-check install --quiet uv==$(UV_VERSION)
	@touch $@
