# Two commands for everybody: `make demo` and `make test`. Each sets up all that it needs in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test any-asgi proxies browser check format bench soak fuzz docs clean

# pip >= 25.1 knows dependency groups; the stamp is renewed whenever pyproject.toml changes.
.venv/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "webfoot needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group test --group compat --group example
	touch $@

.venv/.bench: .venv/.installed
	$(BIN)/python -m pip install --quiet --group bench
	touch $@

.venv/.fuzz: .venv/.installed
	$(BIN)/python -m pip install --quiet --group fuzz
	touch $@

.venv/any-asgi/.installed: .venv/.installed
	$(BIN)/python -m venv --without-pip .venv/any-asgi
	$(BIN)/python -m pip --python .venv/any-asgi/bin/python install --quiet --editable . --group any-asgi
	touch $@

any-asgi: .venv/any-asgi/.installed  ## Django, Litestar, Quart and others, which tests/frameworks serves

proxies:  ## nginx and HAProxy, in front of which tests/proxies puts the server
	scripts/install_proxies.sh

browser:  ## Chromium, in which tests/browser opens the page of journeys
	scripts/install_browser.sh

demo: .venv/.installed  ## serve the duck sightings example until Ctrl-C
	$(BIN)/python -m examples.ducks

# More than CPUs there are would be faster, and tests of what has to happen in time would fail now and then.
TEST_WORKERS ?= auto

# Hundreds of servers are started. Each would compile us anew where PYTHONDONTWRITEBYTECODE is set.
test: check any-asgi proxies browser  ## the checks, then all tests
	$(BIN)/python -m compileall -q src examples
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal

check: .venv/.installed  ## ruff, mypy --strict, the floors, the format, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_docs.py --check

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.installed  ## write the pages that come from the code
	$(BIN)/python scripts/generate_docs.py

bench: .venv/.bench  ## ours and the peers, side by side; needs wrk (Debian: apt install wrk)
	$(BIN)/python -m benchmarks

SOAK_SECONDS ?= 900

# The second one has seven parts.
soak: .venv/.installed  ## memory must stay flat: under gigabytes (ten minutes), and while requests are watched
	$(BIN)/python -m tests.soak
	$(BIN)/python -m tests.soak watched --seconds $(SOAK_SECONDS)

FUZZ_SECONDS ?= 60
FUZZ_TARGET ?=

fuzz: .venv/.fuzz  ## look for inputs that break the server: each target, or FUZZ_TARGET, for FUZZ_SECONDS (60)
	$(BIN)/python -m fuzz $(FUZZ_TARGET) --seconds $(FUZZ_SECONDS)

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
