# make demo and make test are all that a newcomer needs; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
PORT ?= 8000
SIMULATOR_PORT ?= 8100
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help install demo test check bench browser lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

install: $(READY)  ## make the virtual environment

# A half-made environment (an interrupted install, a Python that is gone) is made again from the start.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Crossdock needs Python 3.11 or newer; '$(PYTHON)' is not. Try: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python can't make virtual environments. On Debian or Ubuntu: apt install python3-venv"; exit 2; }
	@if [ -d $(VENV) ] && ! $(RUN) -m pip --version >/dev/null 2>&1; then \
	  echo "The environment in $(VENV) is incomplete: making it again."; rm -rf $(VENV); fi
	@[ -d $(VENV) ] || { echo "Making the environment in $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the packages of requirements.lock …"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock || { \
	  echo "The packages could not be installed: see above. Is a package index reachable?"; exit 2; }
	@touch $(READY)

demo: $(READY)  ## the main job, offline: simulator, worker, console (ONCE=1 ends after the summary)
	@$(RUN) manage.py demo --port $(PORT) --simulator-port $(SIMULATOR_PORT) $(if $(ONCE),--once)

test: $(READY)  ## the tests, on SQLite or on DATABASE_URL and REDIS_URL
	@$(RUN) -m pytest -n auto --dist loadfile $(ARGS)

browser: $(READY)  ## the console in a real browser (needs chromium)
	@$(RUN) -m pytest --ignore=tests/benchmarks tests/browser $(ARGS)

check: $(READY)  ## what CI runs
	@bash .ci/run

bench: $(READY)  ## the benchmarks, each beside its naive control
	@$(RUN) -m tests.benchmarks.run_all $(ARGS)

lock: $(READY)  ## pin the newest versions that pyproject.toml admits
	@$(VENV)/bin/uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --no-header \
	  --upgrade --quiet --output-file requirements.lock

clean:  ## remove the environment and the demo's data
	rm -rf $(VENV) var/demo*
