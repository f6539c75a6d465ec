# Shorthand for a handful of plain commands. Needs nothing installed but make and Python >= 3.11 with its venv module
# (on Debian: apt-get install make python3-venv). Without make, `make demo` is
#
#   python3 -m venv .venv
#   .venv/bin/pip install -r requirements.lock
#   .venv/bin/python -m campaigns demo
#
# and `make test` is the same with requirements-dev.lock and
#
#   .venv/bin/python -m pytest -n auto -m "not slow and not wordpress"

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet --require-hashes
UV_VERSION := 0.13.9
LOCK_VENV := .venv-lock
MUTATION_VENV := .venv-mutation
COMPILE := $(LOCK_VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-config --no-emit-index-url --custom-compile-command "make lock" $(UPGRADE)

.PHONY: demo test slow test-wordpress looks weight coverage mutation model words fuzz check format lock clean fake-stripe bench load bots
.DELETE_ON_ERROR:

# A running installation with a demo campaign; `make demo ARGS="--port 8010"` passes options on.
demo: $(VENV)/.runtime
	@$(RUN) -m campaigns demo $(ARGS)

# The tests of daily work, on as many cores as there are; `make test ARGS="-k refund"` picks some.
test: $(VENV)/.dev
	@$(RUN) -m pytest -n auto -m "not slow and not wordpress" $(ARGS)

# The others: long ones, and what repeats a page or a form on PostgreSQL.
slow: $(VENV)/.dev
	@$(RUN) -m pytest -n auto -m "slow and not wordpress" $(ARGS)

# A real WordPress from Debian's packages, which it installs where it may: link, snippet, plugin, editor, the way out.
test-wordpress: $(VENV)/.dev
	@php -v >/dev/null 2>&1 && test -d /usr/share/wordpress || sh -c "$$($(RUN) -c 'from tests.bed.wordpress import INSTALL; print(INSTALL)')"
	@TIDEMARK_TESTS_COMPLETE=1 $(RUN) -m pytest -n 2 -m wordpress tests/wordpress $(ARGS)

# How every kind of bar looks in every state, drawn anew after a change that is meant; then look at tests/browser/pictures.
looks: $(VENV)/.dev
	@REDRAW_LOOKS=1 $(RUN) -m pytest -n 2 -q tests/browser/test_contact_sheet.py

# Every branch of the files that decide about money, by their own tests on both databases; fails below 100 %.
# It needs PostgreSQL, whose locks are branches too.
coverage: export COVERAGE_FILE := $(CURDIR)/build/coverage/data
coverage: TESTS ?= tests/ledger tests/inbox tests/providers tests/campaign
coverage: $(VENV)/.dev
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(RUN) -m coverage run -m pytest -n auto -q -m "not browser" $(TESTS) $(ARGS)
	@$(RUN) -m coverage combine --quiet
	@$(RUN) -m coverage report

# Small faults put into what decides about money, one at a time: do the tests notice? Hours for everything; one file:
# `make mutation ARGS=campaigns/ledger/tally.py`. Its tool has an environment of its own.
mutation: $(MUTATION_VENV)/.ready
	@$(MUTATION_VENV)/bin/python -m tests.mutation $(ARGS)

# A pretend Stripe on http://127.0.0.1:8420, to try an installation out with; no money moves. To have it send webhooks:
# `make fake-stripe ARGS="--webhook http://127.0.0.1:8000/webhooks/stripe/NAME --secret whsec_..."`.
fake-stripe: $(VENV)/.dev
	@$(RUN) -m tests.fakes.stripe $(ARGS)

# Forged messages of every provider, `make fuzz N=10000000`: none may be taken, and none may be more than refused.
# `make fuzz ARGS=paypal` are those of one. Stripe's headers have a forger of their own besides.
fuzz: N ?= 1000000
fuzz: $(VENV)/.dev
	@$(RUN) -m tests.providers.forging $(N)
	@$(RUN) -m tests.providers.mutants $(N) $(ARGS)

# Events a second on each database, beside a bare insert of one row; see bench/README.md for ARGS.
bench: $(VENV)/.dev
	@$(RUN) -m bench $(ARGS)

# What a bar costs the page it stands in, in Chromium: bytes, main-thread time at a quarter of the speed, layout shift.
weight: $(VENV)/.dev
	@$(RUN) -m bench.weight $(ARGS)

# N signed deliveries over HTTP from eight connections on both databases, and whether every sum is exact;
# `make load N=2000 ARGS="--kills 3"` kills the server in the middle, three times.
load: N ?= 10000
load: $(VENV)/.dev
	@$(RUN) -m tests.load --deliveries $(N) $(ARGS)

# 10,000 presses of bots from 200 address blocks over HTTP, while 50 readers give: do the bots stay within the budget, and
# do the readers notice nothing? `make bots ARGS="--only sqlite --computing 3"`.
bots: $(VENV)/.dev
	@$(RUN) -m tests.load.siege $(ARGS)

# The model that tries to prove the numbers wrong: `make model N=1000000` plays until so many messages were delivered;
# `make model ARGS="--orders 2"` walks every order of every life of up to two acts and six events, `ARGS=--bugs` seeks
# each bug that is put into the product.
model: N ?= 20000
model: $(VENV)/.dev
	@$(RUN) -m tests.model --deliveries $(N) $(ARGS)

# What readers are told, read from the sources into campaigns/translations/*.po, where a translator goes on;
# `make words LANGUAGE=it` begins a further language.
words: $(VENV)/.dev
	@$(RUN) -m tests.language $(LANGUAGE)

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
	$(COMPILE) --constraint requirements-dev.lock --group mutation --output-file requirements-mutation.lock

# The data folder, instance/, stays: it may hold somebody's money.
clean:
	rm -rf $(VENV) $(LOCK_VENV) $(MUTATION_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
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

$(MUTATION_VENV)/.ready: requirements-dev.lock requirements-mutation.lock
	$(PYTHON) -m venv $(MUTATION_VENV)
	$(MUTATION_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes \
		-r requirements-dev.lock -r requirements-mutation.lock
	@touch $@
