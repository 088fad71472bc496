# Parley. `make help` says what there is.

NODE := node --enable-source-maps
TESTS := '{schemas,command-api,query-api,projectors,realtime,flow-engine,infra,bench,test}/**/*.test.ts'
MOCHA := node_modules/.bin/mocha --reporter ./infra/local/tally-reporter.ts
JSON_FLAG := $(if $(JSON),--json)
KILLS ?= 50
RUNS ?= 1000
JOBS ?= 1
MESSAGES ?= 10000
CUTS ?= 1000
CONCURRENCY ?= 32

.DEFAULT_GOAL := help
.PHONY: help setup run stop test test-faults test-zero-gap crash-flows coverage lint bench import replay verify rebuild rollback lag quarantine push flows automations webhooks whatsapp simulate \
        schemas demo-info user doctor clean

help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  With JSON=1, the commands that report something do so as JSON.'

setup: ## Install what is missing and build; quick when nothing has changed
	@infra/local/setup.sh

run: setup ## Start everything, with a demo workspace; Ctrl-C stops it (ARGS=--json-logs for raw logs)
	@exec node --enable-source-maps dist/infra/local/run.js $(ARGS)

stop: ## Stop what `make run` started
	@if [ -f dist/infra/local/stop.js ]; then $(NODE) dist/infra/local/stop.js; else echo 'Nothing is built, so nothing runs.'; fi

test: setup ## Run all tests (T=path/of/one.test.ts for some, JOBS=2 for two files at a time)
	@$(MOCHA) $(if $(filter-out 1,$(JOBS)),--parallel --jobs '$(JOBS)') $(or $(T),$(TESTS))

test-faults: setup ## Kill processes at random under load and count what is lost (KILLS=50)
	@$(NODE) --import tsx test/faults/main.ts --kills '$(KILLS)' $(JSON_FLAG) $(ARGS)

test-zero-gap: setup ## Cut clients' connections and kill realtime under load, and compare what each was told (MESSAGES=10000 CUTS=1000 SEED=)
	@$(NODE) --import tsx test/zero-gap/main.ts --messages '$(MESSAGES)' --cuts '$(CUTS)' --seed '$(SEED)' $(JSON_FLAG) $(ARGS)

crash-flows: setup ## Kill processes at random under chat flows and compare what becomes of each run (RUNS=1000 KILLS=40)
	@$(NODE) --import tsx test/faults/flows/main.ts --runs '$(RUNS)' --kills '$(if $(filter command,$(origin KILLS)),$(KILLS),40)' $(JSON_FLAG) $(ARGS)

coverage: setup ## Run all tests and report which lines they ran
	@node_modules/.bin/c8 --all --exclude-after-remap --reporter text-summary --reporter html \
	  --include 'schemas/**' --include '*-api/**' --include 'projectors/**' --include 'realtime/**' --include 'flow-engine/**' --include 'infra/**' \
	  --exclude '**/*.test.ts' --exclude 'dist/**' --exclude 'infra/local/event-store/wire/**' $(MOCHA) $(TESTS)

lint: setup ## Check style, types and who imports whom
	@npm run --silent lint

bench: setup ## Measure against the bare parts (ARGS=… to choose)
	@$(NODE) dist/bench/main.js $(JSON_FLAG) $(ARGS)

import: setup ## Import conversations: FILE=path CONCURRENCY=32
	@$(if $(FILE),,$(error Say which file: make import FILE=path))$(NODE) dist/infra/ops/import/main.js --file='$(FILE)' --concurrency '$(CONCURRENCY)' $(JSON_FLAG) $(ARGS)

replay: setup ## A conversation as it was: ID=conversation AT=revision or ISO time
	@$(if $(ID),,$(error Say which conversation: make replay ID=… AT=…))$(NODE) dist/query-api/replay/cli.js --id='$(ID)' $(if $(AT),--at='$(AT)') $(JSON_FLAG) $(ARGS)

verify: setup ## Walk the log and check its chain of hashes
	@$(NODE) dist/infra/ops/verify.js $(JSON_FLAG) $(ARGS)

rebuild: setup ## Derive a projection again while the old one serves: NAME=projection
	@$(if $(NAME),,$(error Say which projection: make rebuild NAME=…))$(NODE) dist/projectors/cli.js rebuild '$(NAME)' $(JSON_FLAG) $(ARGS)

rollback: setup ## Serve the version before the last rebuild again: NAME=projection
	@$(if $(NAME),,$(error Say which projection: make rollback NAME=…))$(NODE) dist/projectors/cli.js rollback '$(NAME)' $(JSON_FLAG) $(ARGS)

lag: setup ## How far each projection is behind the log
	@$(NODE) dist/projectors/cli.js lag $(JSON_FLAG) $(ARGS)

quarantine: setup ## Conversations parked because of a failing event (ARGS="retry …" or "discard …")
	@$(NODE) dist/projectors/cli.js quarantine $(ARGS) $(JSON_FLAG)

push: setup ## Pushes that were given up (ARGS="retry …" or "discard …")
	@$(NODE) dist/flow-engine/push/cli.js $(ARGS) $(JSON_FLAG)

automations: setup ## Runs of automations that were given up (ARGS="retry …" or "discard …")
	@$(NODE) dist/flow-engine/automations/cli.js $(ARGS) $(JSON_FLAG)

webhooks: setup ## Outgoing webhooks: what waits, and what was given up (ARGS="dead", "retry …" or "discard …")
	@$(NODE) dist/flow-engine/webhooks/cli.js $(ARGS) $(JSON_FLAG)

simulate: setup ## Try a flow on recorded conversations: FLOW=file or id FILE=transcripts
	@$(NODE) dist/infra/ops/simulate/main.js --flow='$(FLOW)' --file='$(FILE)' $(JSON_FLAG) $(ARGS)

whatsapp: setup ## Messages to WhatsApp that were given up (ARGS="retry …" or "discard …")
	@$(NODE) dist/flow-engine/whatsapp/cli.js $(ARGS) $(JSON_FLAG)

flows: setup ## Runs of chat flows: under way, stuck, given up (RETRY=run or all, END=run)
	@$(if $(and $(RETRY),$(END)),$(error Give RETRY or END, not both))
	@$(NODE) dist/flow-engine/flows/cli.js $(if $(RETRY),retry $(filter-out all,$(RETRY)),$(if $(END),end $(END))) $(ARGS) $(JSON_FLAG)

schemas: setup ## Generate schemas/published from the contract
	@$(NODE) dist/schemas/publish.js $(JSON_FLAG) $(ARGS)

demo-info: ## Show ids and credentials of the demo workspace, as one JSON object
	@file="$${DATA_DIR:-data}/demo.json"; \
	if [ -f "$$file" ]; then cat "$$file"; else \
	  echo "There is no demo workspace yet ($$file): \"make run\" sets it up." >&2; exit 1; fi

user: setup ## Make a person and print a link to set a password: EMAIL=address ROLE=admin|agent [NAME=] [WORKSPACE=]
	@$(if $(EMAIL),,$(error Say who: make user EMAIL=… ROLE=admin))$(NODE) dist/infra/gateway/user.js --email="$$EMAIL" $(if $(ROLE),--role="$$ROLE") \
	  $(if $(filter command,$(origin NAME)),--name="$$NAME") $(if $(WORKSPACE),--workspace="$$WORKSPACE") $(JSON_FLAG) $(ARGS)

doctor: ## Check this machine and what runs on it, and say how to mend it
	@[ -f dist/infra/local/doctor.js ] || infra/local/setup.sh
	@$(NODE) dist/infra/local/doctor.js $(JSON_FLAG)

clean: ## Delete what was built and measured (DATA=1: the data of `make run` too)
	@rm -rf dist coverage node_modules/.cache/tsc
	@if [ -n "$(DATA)" ]; then data="$${DATA_DIR:-data}"; \
	  if [ -L "$$data/postgres" ]; then rm -rf "$$(readlink "$$data/postgres")"; fi; rm -rf "$$data"; fi
