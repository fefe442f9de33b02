# One command each for people and CI. Everything lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: help install demo serve test test-fast test-numerical lint check mlflow lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 24

install: $(VENV)/installed ## Set up the virtual environment with the locked dependencies

demo: install ## Train the circles experiment over HTTP, show the results, predict
	@$(BIN)/python examples/demo.py

serve: install ## Run the service on http://127.0.0.1:8000 with its database in bnlab.db
	@$(BIN)/bnlab serve

test: $(VENV)/installed-dev ## Run the tests, in two processes
	@$(BIN)/pytest -n 2

test-fast: $(VENV)/installed-dev ## Run the tests that are not slow and need no browser
	@$(BIN)/pytest -n 2 -m "not slow and not browser and not timing"

NUMERICAL := tests/bn_models tests/end_to_end/test_own_data.py tests/examples
test-numerical: $(VENV)/installed-dev ## Run the tests of what is trained
	@$(BIN)/pytest -n 2 $(NUMERICAL)

lint: $(VENV)/installed-dev ## Check format, style, types, dependencies and which room imports which
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry bn_models bnlab service migrations examples benchmarks

check: lint test ## Everything that must pass

mlflow: $(VENV)-mlflow/installed ## Install an MLflow server for the tests that need one, apart from everything else

lock: ## Resolve the dependencies anew into the lock files
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet pip-tools
	$(VENV)-lock/bin/pip-compile --quiet --upgrade $(COMPILE) --output-file=requirements.lock pyproject.toml
	$(VENV)-lock/bin/pip-compile --quiet --upgrade $(COMPILE) --constraint=requirements.lock --extra=dev \
		--output-file=requirements-dev.lock pyproject.toml
	@rm -rf $(VENV)-lock
COMPILE := --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) $(VENV)-mlflow build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)-mlflow/installed:
	@$(PYTHON) -m venv $(VENV)-mlflow
	@$(VENV)-mlflow/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
	@touch $@

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: requirements.lock pyproject.toml $(VENV)/created
	@echo "Installing the locked dependencies into $(VENV) (some minutes the first time)"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
