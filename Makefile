SHELL := bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
CROSSFRAME := .venv/bin/crossframe

# Tests that need MNIST use a copy beside the checkout where there is one, and say so when there is none.
TEST_DATA := $(or $(CROSSFRAME_DATA),$(if $(wildcard ../shared/data/mnist.npz),../shared/data))
PYTEST := $(if $(TEST_DATA),CROSSFRAME_DATA="$(abspath $(TEST_DATA))") $(PY) -m pytest

.PHONY: help setup compare test test-all snapshots lint bench lock renv-lock reports clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

setup: ## install R, Java and the locked Python packages where they are missing
	@scripts/setup.sh

compare: setup ## run every contestant in every framework and write the report
	$(CROSSFRAME) compare --name compare

test: lint ## style, types and the fast tests: minutes
	$(PYTEST) -m "not slow" -n 2 --dist loadgroup --durations 10

test-all: lint ## style, types and every test
	$(PYTEST) -n 2 --dist loadgroup --durations 10

snapshots: setup ## write the messages that users read again, after a change that is meant
	$(PYTEST) -m "not slow" --update-snapshots tests/test_messages.py

lint: setup ## style, import layers and types
	$(PY) -m ruff check .
	.venv/bin/lint-imports --no-logo
	$(PY) -m mypy

bench: setup ## measure speed against plain framework calls
	$(if $(TEST_DATA),CROSSFRAME_DATA="$(abspath $(TEST_DATA))") $(PY) -m benchmarks | tee benchmarks/RESULTS.txt

ON_MNIST = --contestants --dataset mnist --design beam
LEEKASSO = $(CROSSFRAME) explain $(ON_MNIST) --n 10,20,40,80 --draws 40
NETS = $(CROSSFRAME) explain h2o.mlp keras.mlp $(ON_MNIST)

reports: setup ## make the published example reports again (needs MNIST)
	$(CROSSFRAME) compare --preset leek-2017
	$(CROSSFRAME) compare --preset beam-2017
	$(CROSSFRAME) audit --report reports/audit/defaults --save reports/audit/defaults.json >/dev/null
	$(CROSSFRAME) audit --learning-rates --report reports/audit/learning-rates >/dev/null
	$(CROSSFRAME) audit --suspicions --report reports/suspicions-2017 >/dev/null
	$(PY) -m crossframe.explain.hard_report reports/explain/hard-regressions >/dev/null
	$(CROSSFRAME) explain --self-test --family linear --seed 1001 --report reports/explain/self-test/linear >/dev/null
	$(CROSSFRAME) explain --self-test --family networks --cases 40 --seed 101 --report reports/explain/self-test/networks >/dev/null
	$(LEEKASSO) leekasso.f.lm leekasso.welch.liblinear --report reports/explain/leekasso/lm-liblinear
	$(LEEKASSO) leekasso.f.glm leekasso.welch.liblinear --report reports/explain/leekasso/glm-liblinear
	$(LEEKASSO) leekasso.f.lm leekasso.f.glm --report reports/explain/leekasso/lm-glm
	$(NETS) --n 10 --draws 12 --report reports/explain/leek-beam/n-10
	$(NETS) --n 80 --draws 8 --budget 290 --report reports/explain/leek-beam/n-80
	$(NETS) --n 80 --draws 8 --budget 130 --report reports/explain/leek-beam/n-80-closing
	$(CROSSFRAME) study --all --report reports/studies >/dev/null
	$(CROSSFRAME) study gradient-failures --scale paper --parts parity,curves,flat --report reports/studies/paper >/dev/null

# Pins stay as they are unless pyproject.toml rules them out; add UPGRADE=--upgrade to renew them all.
# Comments are stripped because pip-compile writes its own command line, with its indexes, into them.
lock: setup ## pin the Python packages with their hashes (UPGRADE=--upgrade renews them)
	@mkdir -p .stamps && cp requirements.lock .stamps/new.lock
	$(PY) -m piptools compile --quiet --generate-hashes --all-extras --allow-unsafe --strip-extras \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  $(UPGRADE) --output-file .stamps/new.lock pyproject.toml
	@{ head -1 requirements.lock; grep -vE '^ *(#|$$)' .stamps/new.lock; } > .stamps/requirements.lock
	@mv .stamps/requirements.lock requirements.lock

renv-lock: setup ## pin the R packages as the live R library holds them
	$(PY) -m crossframe.frameworks.r.renv --write renv.lock

clean: ## remove what can be made again, the virtual environment included
	rm -rf .venv .stamps build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
