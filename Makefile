# The stable commands of Vertebase. Each sets up what it needs first, and does nothing twice.
# The work itself is in scripts/, one job per file.

SHELL := /bin/sh
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run test test-all steady lint bench mutants api docs pictures lock wheels clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: ## the environment in .venv, the npm packages, the front-end build
	@sh scripts/setup.sh

pictures: ## the pictures of the guides taken anew on the demo, into docs/images
	@sh scripts/setup.sh
	@cd frontend && VERTEBASE_PICTURES=keep npx playwright test --config ../tests/e2e/playwright.config.ts pictures.spec

run: ## set up, load the demo project, serve it on loopback, print address and accounts
	@sh scripts/setup.sh --runtime
	@exec $(PY) manage.py up --demo

test: ## set up and run the tests: Python, PostgreSQL, Vitest, Playwright
	@sh scripts/setup.sh
	@$(PY) scripts/test.py

test-all: ## the same with the slow tests, and all of Python on both databases
	@sh scripts/setup.sh
	@$(PY) scripts/test.py --all

steady: ## the tests five times (or N=...) on a busy machine; lists what wavered
	@sh scripts/setup.sh
	@$(PY) scripts/steady.py --rounds $(or $(N),5)

lint: ## linters, formats, types, import walls, migrations
	@sh scripts/setup.sh --python
	@$(PY) scripts/lint.py --set-up

bench: ## the benchmarks, side by side with their peers, as JSON under build/bench/
	@sh scripts/setup.sh
	@$(PY) scripts/bench.py

mutants: ## mutation testing of the files that carry promises (hours; ONLY=name for some of them)
	@sh scripts/setup.sh --no-build
	@$(PY) -m scripts.mutants $(ONLY)

api: ## write what is generated from Python: OpenAPI schema, types of both clients, label table
	@sh scripts/setup.sh --no-build
	@$(PY) scripts/generate.py

docs: ## the documents as the site serves them under /docs, in build/docs
	@sh scripts/setup.sh --documents

wheels: ## the library, the client and the engine as wheels, under build/wheels/
	@sh scripts/setup.sh --no-build
	@$(PY) scripts/wheels.py

lock: ## work out the exact versions of the Python packages anew, with hashes
	@sh scripts/setup.sh --no-build
	@$(PY) scripts/lock.py

clean: ## remove what was built (not the environment, not var/ with its data)
	rm -rf build frontend/dist frontend/*.tsbuildinfo .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f .setup/front-end-build
