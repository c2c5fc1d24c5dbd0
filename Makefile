# The README's two commands are `make run` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# The race detector needs a C compiler.
RACE := $(shell command -v cc >/dev/null 2>&1 && echo -race)

.PHONY: help
help: ## Show this help
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build both programs into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: run
run: build ## Build and start the service on 127.0.0.1:8080
	./bin/mcg serve

.PHONY: test
test: ## Run every test, with Postgres and Redis as throw-aways
	go run ./test/env -- go test $(RACE) -timeout 20m ./...
	cd deploy/k8s/test && go test ./...

.PHONY: cost
cost: ## Measure what hostile documents cost, and send 10,000 of them (no race detector, one at a time)
	go test -count=1 -p 1 -parallel 1 -run Cost ./internal/card ./internal/integration
	go test -count=1 -run TestMutatedBodies ./internal/api
	go test -count=1 -run TestNoScriptOfACardRuns ./internal/portal

.PHONY: e2e
e2e: ## Test against real peers from PyPI and npm, and run the image's files (needs Python, Node, root)
	go run ./test/env -- go test -p 1 -tags e2e -count=1 -timeout 30m ./test/peers/... ./test/image ./test/recovery

.PHONY: e2e-trainer
e2e-trainer: ## Train tiny models with transformers and Lightning, and read their files (6 GB of packages)
	MCG_TEST_TRAINER=1 go test -tags e2e -count=1 -timeout 60m -run TestTrainerFiles ./test/peers/tools

.PHONY: e2e-short
e2e-short: ## The part of e2e that needs no registry
	go test -tags e2e -count=1 ./test/image

.PHONY: batches-short
batches-short: ## Kill workers and the service a few times, and store a batch of 10,000 documents; three minutes
	go run ./test/env -- go test -tags e2e -count=1 ./test/batches

.PHONY: batches
batches: ## Kill workers 200 times over 10,000 documents, and look for what is lost or done twice; about ten minutes (Linux)
	go run ./test/env -fsync -- go test -tags chaos -count=1 -v -timeout 60m ./test/batches

.PHONY: drill
drill: ## Lose a database under load and restore it, and let two versions share one; prints how long it takes (Linux)
	go run ./test/env -- go test -tags e2e -count=1 -v -timeout 30m ./test/recovery

.PHONY: kube
kube: ## Apply the manifests to a real kube-apiserver; builds it the first time, in about a quarter of an hour
	cd deploy/k8s/test && go test -tags kube -count=1 -v -timeout 90m -run TestAPIServer .

.PHONY: release-check
release-check: ## Check the release's configuration
	go run github.com/goreleaser/goreleaser/v2@v2.17.0 check

.PHONY: chaos
chaos: ## Break the running service in every way of the fault table; about half an hour (Linux, root)
	go run ./test/env -- true # installs what is missing
	go test -tags chaos -count=1 -v -timeout 90m ./test/chaos

.PHONY: chaos-short
chaos-short: ## The same with 20 kills and few repetitions; under two minutes
	go run ./test/env -- true
	MCG_CHAOS_KILLS=20 MCG_CHAOS_N=2 go test -tags chaos -count=1 -v -parallel 3 -timeout 10m ./test/chaos

.PHONY: lint
lint: ## Run the linters
	$(GOLANGCI) run ./...

.PHONY: generate
generate: ## Write everything that is generated
	go generate ./...
	go test -count=1 -run TestDocs ./internal/config ./internal/render ./internal/check ./internal/card/regulation -update

.PHONY: verify
verify: generate ## Check that what is generated is up to date, and modules are tidy
	go mod tidy
	git diff --exit-code

.PHONY: bench
bench: ## Measure rendering, reading, validating, access and batches against their floors
	go test -run '^$$' -bench . -benchmem ./internal/render/ ./internal/card/
	go test -run '^$$' -bench Validate1000 -benchtime 3x ./cmd/mcg/
	go test -run '^$$' -bench 'Token|Verify|Refusals' -benchmem ./internal/api/ ./internal/auth/
	go run ./test/env -fsync -- go test -run '^$$' -bench BenchmarkBatch -benchtime 5x ./internal/jobs/
