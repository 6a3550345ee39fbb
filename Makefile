# Two commands matter: `make run` opens the dashboard, `make test` proves that all is well. Both set everything up first.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
DATA := $(or $(STAMMKUNDE_HOME),data)
PORT ?= 8501
MLFLOW_PORT ?= 5000
CUSTOMERS ?= 5000
SOURCE ?=
MAPPING ?=
SIZES ?=

export STAMMKUNDE_HOME := $(DATA)
export SOURCE MAPPING
export PYTHONUTF8 := 1

.PHONY: run data dashboard mlflow test lint bench bench-accuracy bench-speed format lock clean help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

run: data dashboard ## Open the dashboard on the sample shop, or on your own files with SOURCE=folder

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Stammkunde needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute after the downloads)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $(STAMP)

data: $(STAMP) ## Fill the home folder if it is empty, or load SOURCE
	@if [ -n "$$SOURCE" ]; then \
		$(PY) -m pipelines refresh "$$SOURCE" $${MAPPING:+--mapping "$$MAPPING"}; \
	elif [ ! -e "$$STAMMKUNDE_HOME/warehouse.duckdb" ]; then \
		$(PY) -m pipelines sample --customers $(CUSTOMERS) --seed 1 --to "$$STAMMKUNDE_HOME/sample" && \
		$(PY) -m pipelines refresh "$$STAMMKUNDE_HOME/sample"; \
	else \
		echo "$$STAMMKUNDE_HOME already holds a scored shop; it is kept."; \
	fi

dashboard: $(STAMP)
	@echo "Dashboard: http://127.0.0.1:$(PORT)  (stop with Ctrl-C)"
	@$(VENV)/bin/streamlit run app.py --server.port $(PORT)

mlflow: $(STAMP) ## Open the model versions in MLflow's own pages, on this machine alone (MLFLOW_PORT=5000)
	@test -e "$$STAMMKUNDE_HOME/registry/mlflow.db" || { echo "$$STAMMKUNDE_HOME holds no model yet; train one first."; exit 1; }
	@test -x .venv-mlflow/bin/mlflow || { echo "Setting up .venv-mlflow (once)"; $(PYTHON) -m venv .venv-mlflow && \
		.venv-mlflow/bin/python -m pip install --quiet --disable-pip-version-check \
		"mlflow==$$($(PY) -c 'from importlib.metadata import version; print(version("mlflow-skinny"))')"; }
	@echo "MLflow: http://127.0.0.1:$(MLFLOW_PORT)  (stop with Ctrl-C)"
	@MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
		.venv-mlflow/bin/mlflow ui --workers 1 --host 127.0.0.1 --port $(MLFLOW_PORT) \
		--backend-store-uri "sqlite:///$$(realpath "$$STAMMKUNDE_HOME")/registry/mlflow.db"

test: lint ## Check style, types and layers, then run every test
	@$(PY) -m pytest -n 2 --dist loadfile

lint: $(STAMP)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench-accuracy: $(STAMP) ## Measure churn risk and expected value on public data and a planted truth, more of it with DATA=folder
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@$(PY) -m benchmarks.accuracy $(if $(filter command line,$(origin DATA)),--data "$(DATA)")
	@$(PY) -m benchmarks.value $(if $(filter command line,$(origin DATA)),--data "$(DATA)")
	@$(PY) -m benchmarks.recommend $(if $(filter command line,$(origin DATA)),--data "$(DATA)")
	@$(PY) -m benchmarks.uplift $(if $(filter command line,$(origin DATA)),--data "$(DATA)")
	@$(PY) -m benchmarks.planted
	@$(PY) -m benchmarks.six_months

bench-speed: $(STAMP) ## Measure features and contributions against other ways to them, and the plan; SIZES="10000 100000" for less
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@$(PY) -m benchmarks.speed $(addprefix --size ,$(SIZES))
	@$(PY) -m benchmarks.explain
	@$(PY) -m benchmarks.queries
	@$(PY) -m benchmarks.plan
	@$(PY) -m benchmarks.felt

bench: bench-accuracy bench-speed ## Run both benchmarks

format: $(STAMP) ## Put the code into the house's form
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: ## Resolve requirements*.txt anew into requirements.lock
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@{ echo "# Made by 'make lock' from requirements.txt and requirements-dev.txt: the exact set that make installs."; \
	   .venv-lock/bin/python -m pip freeze --exclude-editable \
	   | sed -E 's/^xgboost-cpu(==.*)$$/xgboost-cpu\1; platform_system == "Linux"\nxgboost\1; platform_system != "Linux"/'; } > requirements.lock
	@rm -rf .venv-lock

clean: ## Remove the virtual environment; data stays
	@rm -rf $(VENV) .venv-mlflow .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
