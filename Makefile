# Quakestream: everything a person or a machine does here. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3.11
BIN := .venv/bin
SOURCES := quake streaming batch serving alerts dashboard launcher
RUN_SET := .venv/.run
ALL_SET := .venv/.all
UV = $(shell command -v uv || echo $(BIN)/uv)
FEED ?= live

.PHONY: help
help: ## This list
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: setup
setup: $(RUN_SET) ## Make .venv with what `make run` needs

.PHONY: run
run: $(RUN_SET) ## Start everything: feed, engine, API, map (FEED=live|replay|simulate)
	@exec $(BIN)/quake up --feed $(FEED)

.PHONY: test
test: $(ALL_SET) ## All tests, on a machine with nothing of ours
	$(BIN)/pytest -n 2 --dist loadfile

.PHONY: lint
lint: $(ALL_SET) ## black, pylint, import contracts, secret scan
	$(BIN)/black --check --quiet $(SOURCES) tests benchmarks
	$(BIN)/pylint --fail-under=10 $(SOURCES) benchmarks
	$(BIN)/lint-imports
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline

.PHONY: format
format: $(ALL_SET) ## Rewrite the code in the house's format
	$(BIN)/black --quiet $(SOURCES) tests benchmarks

.PHONY: bench
bench: $(ALL_SET) ## Benchmarks: ratios measured in one run
	$(BIN)/python -m benchmarks

.PHONY: chaos
chaos: $(ALL_SET) ## The long proofs: adversarial streams, restarts, kill -9
	$(BIN)/python -m benchmarks identity_adversarial beam_parity
	QUAKE_CHAOS=1 $(BIN)/pytest -k "chaos or adversarial or resume"

.PHONY: schemas
schemas: $(ALL_SET) ## Write BigQuery schemas, views, Pub/Sub protos and metrics for Terraform again
	$(BIN)/python -m quake.adapters.gcp_schema

.PHONY: terraform-check
terraform-check: $(ALL_SET) ## terraform fmt, validate and test, and checkov; says why where it has no tool
	$(BIN)/python -m benchmarks.terraform_check

.PHONY: images-check
images-check: ## Build and start the images where the machine has buildah (long)
	docker/check serving gateway channels dashboard worker mlflow batch stream

.PHONY: pins
pins: ## Compile requirements/*.txt again from pyproject.toml
	./requirements/compile

.PHONY: clean
clean: ## Remove .venv, caches and build products; local state in data/ stays
	rm -rf .venv .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 to 3.13 is needed; name it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt

$(RUN_SET): requirements/run.txt pyproject.toml | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(ALL_SET): requirements/all.txt pyproject.toml | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/all.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(RUN_SET)
