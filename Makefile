SHELL := bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
CROSSFRAME := .venv/bin/crossframe

# Tests that need MNIST use a copy beside the checkout where there is one, and say so when there is none.
TEST_DATA := $(or $(CROSSFRAME_DATA),$(if $(wildcard ../shared/data/mnist.npz),../shared/data))
PYTEST := $(if $(TEST_DATA),CROSSFRAME_DATA="$(abspath $(TEST_DATA))") $(PY) -m pytest

.PHONY: help setup compare test test-all snapshots lint style bench docs lock renv-lock reports clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

setup: ## install R, Java and the locked Python packages where they are missing
	@scripts/setup.sh

compare: setup ## run every contestant in every framework and write the report
	$(CROSSFRAME) compare --name compare

# mypy takes one core for half a minute: it runs beside the tests, and what it finds stands below theirs.
WITH_TYPES = $(PY) -m mypy >.stamps/types 2>&1 & status=0; \
  $(PYTEST) $(1) -n 2 --dist loadgroup --durations 10 || status=$$?; \
  wait $$! || status=$$?; cat .stamps/types; exit $$status

test: style ## style, types and the fast tests: minutes
	@$(call WITH_TYPES,-m "not slow")

test-all: style ## style, types and every test
	@$(call WITH_TYPES)

snapshots: setup ## write the messages that users read again, after a change that is meant
	$(PYTEST) --update-snapshots tests/test_messages.py

lint: style ## style, import layers and types
	$(PY) -m mypy

style: setup
	$(PY) -m ruff check .
	.venv/bin/lint-imports --no-logo

bench: setup ## measure speed against plain framework calls
	$(if $(TEST_DATA),CROSSFRAME_DATA="$(abspath $(TEST_DATA))") $(PY) -m benchmarks | tee benchmarks/RESULTS.txt

docs: setup ## build the site in docs/_build/html, with its examples run
	@cmp -s requirements-docs.lock .venv/docs.lock || { \
	  $(PY) -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r requirements-docs.lock && \
	  cp requirements-docs.lock .venv/docs.lock; }
	$(PY) docs/_ext/links.py
	$(PY) -m sphinx -W --keep-going --quiet -j 2 -b html docs docs/_build/html
	@echo "the site is docs/_build/html/index.html"

ON_MNIST = --dataset mnist --design beam
LEEKASSO = $(CROSSFRAME) explain $(ON_MNIST) --n 10,20,40,80 --draws 40
# All but leek-beam, which has a report of its own, at its larger size.
STUDIES = pixels arenas sgd transfer phenomena practice gradient-failures
NETS = $(CROSSFRAME) explain leek.h2o.mlp keras.mlp $(ON_MNIST)
# What set-up installs: a framework that is missing would end the audit with exit code 6.
ENGINES = sklearn,statsmodels,glum,r,h2o,keras,keras_jax,rkeras,reference

reports: setup ## make the published example reports again (needs MNIST)
	$(CROSSFRAME) compare --preset leek-2017
	$(CROSSFRAME) compare --preset beam-2017
	$(CROSSFRAME) audit --engines $(ENGINES) --report reports/audit/defaults --save reports/audit/defaults.json >/dev/null
	$(CROSSFRAME) audit --learning-rates --report reports/audit/learning-rates >/dev/null
	$(CROSSFRAME) audit --suspicions --report reports/suspicions-2017 >/dev/null
	$(PY) -m crossframe.explain.hard_report reports/explain/hard-regressions >/dev/null
	$(PY) -m crossframe.explain.published_report reports/explain/published-deviations >/dev/null
	$(CROSSFRAME) explain --self-test --family linear --report reports/explain/self-test/linear >/dev/null
	$(CROSSFRAME) explain --self-test --family networks --report reports/explain/self-test/networks >/dev/null
	$(LEEKASSO) leekasso.f.lm leekasso.welch.liblinear --report reports/explain/leekasso/lm-liblinear
	$(LEEKASSO) leekasso.f.glm leekasso.welch.liblinear --report reports/explain/leekasso/glm-liblinear
	$(LEEKASSO) leekasso.f.lm leekasso.f.glm --report reports/explain/leekasso/lm-glm
	$(NETS) --n 10 --draws 12 --report reports/explain/leek-beam/n-10
	$(NETS) --n 80 --draws 8 --budget 290 --report reports/explain/leek-beam/n-80
	$(CROSSFRAME) study $(STUDIES) --report reports/studies >/dev/null
	$(CROSSFRAME) study leek-beam --scale paper --report reports >/dev/null
	$(CROSSFRAME) study arenas --scale paper --report reports/arenas >/dev/null
	$(CROSSFRAME) study gradient-failures --scale paper --parts parity,curves,flat --report reports/studies/paper >/dev/null
	$(PY) scripts/readme.py

# Pins stay as they are unless pyproject.toml rules them out; add UPGRADE=--upgrade to renew them all.
# Comments are stripped because pip-compile writes its own command line, with its indexes, into them.
COMPILE = $(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)
# Not `all`, which names crossframe itself: its folder would get into the lock.
EXTRAS = --extra dask --extra fast --extra glum --extra h2o --extra jax --extra keras --extra r --extra slurm --extra statsmodels

# The packages of the site alone are in a lock of their own, so that nothing else has to install them.
lock: setup ## pin the Python packages with their hashes (UPGRADE=--upgrade renews them)
	@mkdir -p .stamps && cp requirements.lock .stamps/new.lock && cp requirements-docs.lock .stamps/docs.lock
	$(COMPILE) $(EXTRAS) --extra dev --output-file .stamps/new.lock pyproject.toml
	@{ head -1 requirements.lock; grep -vE '^ *(#|$$)' .stamps/new.lock; } > .stamps/requirements.lock
	@mv .stamps/requirements.lock requirements.lock
	$(COMPILE) $(EXTRAS) --extra docs --constraint requirements.lock --output-file .stamps/docs.lock pyproject.toml
	@{ head -1 requirements-docs.lock; awk 'NR == FNR { if (/^[a-z]/) locked[$$1]; next } \
	  /^[a-z]/ { own = !($$1 in locked) } own && !/^ *(#|$$)/' requirements.lock .stamps/docs.lock; \
	  } > .stamps/requirements-docs.lock
	@mv .stamps/requirements-docs.lock requirements-docs.lock

renv-lock: setup ## pin the R packages as the live R library holds them
	$(PY) -m crossframe.frameworks.r.renv --write renv.lock

clean: ## remove what can be made again, the virtual environment included
	rm -rf .venv .stamps build dist docs/_build docs/reference .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
