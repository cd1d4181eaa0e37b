# tftsr. `make help` lists what can be made.

export CGO_ENABLED := 0
GO      ?= go
BIN     := bin/tftsr
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X github.com/tftsr/tftsr/internal/cli.version=$(VERSION)
# The recordings and the labelled corpus lie under testdata, which ./... leaves out.
PACKAGES := ./... ./testdata/incidents/ ./testdata/pii/... ./testdata/digest/... ./testdata/whys/... ./testdata/hostile/ ./testdata/conformance/

GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
STATICCHECK   := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/tftsr
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) .

.PHONY: demo
demo: build ## a whole triage on a recorded incident, over real MCP, in a temporary data folder
	$(BIN) demo $(ARGS)

.PHONY: demo-full
demo-full: build ## the demo, with stand-ins for an AI provider that is asked, and for ServiceNow and others in which the findings are filed
	$(BIN) demo --full $(ARGS)

.PHONY: test
test: ## every test, as CI runs them
	scripts/test $(PACKAGES)

.PHONY: race
race: ## the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race $(PACKAGES)

.PHONY: simd-test
simd-test: ## the detection by vectors (GOEXPERIMENT=simd): the tests, then SIMDFUZZ (30s) of comparison with plain Go
	GOEXPERIMENT=simd $(GO) vet ./internal/pii
	GOEXPERIMENT=simd $(GO) test -short ./internal/pii
	GOEXPERIMENT=simd $(GO) test -run '^$$' -fuzz '^FuzzVectors$$' -fuzztime $(or $(SIMDFUZZ),30s) ./internal/pii

.PHONY: lint
lint: ## gofumpt, vet, staticcheck and golangci-lint, at their pinned versions
	@test -z "$$($(GO) run $(GOFUMPT) -l .)" || { echo 'not gofumpt formatted:'; $(GO) run $(GOFUMPT) -l .; exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) run $(STATICCHECK) $(PACKAGES)
	$(GO) run $(GOLANGCI_LINT) run

.PHONY: cross
cross: ## build and vet for every platform that is released
	@for p in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
		echo "$$p"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null . && \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet $(PACKAGES) || exit 1; \
	done

.PHONY: golden
golden: ## write the golden files anew: read the difference before you commit it
	$(GO) test ./tools -update # first: the others read what it writes
	$(GO) test ./server ./internal/triage ./internal/cli -update

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

.PHONY: conformance
conformance: build ## the official conformance suite, directly and through the gateway (needs npm; ARGS=-update: write what differs)
	scripts/conformance $(ARGS) $(BIN)

KILLS ?= 150
.PHONY: kill
kill: ## kill the real process in the middle of writes KILLS times (150)
	TFTSR_TEST_KILLS=$(KILLS) $(GO) test -count 1 -timeout 30m -run 'Kill' -v ./store/sqlite ./internal/cli

.PHONY: bench
bench: build ## the figures of docs/performance.md
	scripts/bench $(BIN)

.PHONY: bench-pii
bench-pii: ## one log through this engine and through gitleaks, in one run (downloads gitleaks' module; FILE=… for another log)
	cd internal/bench/gitleaks && $(GO) run . $(if $(FILE),$(abspath $(FILE)))

.PHONY: pii-devset
pii-devset: ## what the scanner finds in the rule examples of gitleaks (downloads its module; ARGS=-v shows misses)
	cd internal/pii/devset && $(GO) run . $(ARGS)

.PHONY: pii-score
pii-score: ## precision and recall of detection on the labelled corpus (ARGS=-held-out: on the part that is kept aside)
	@$(GO) run ./testdata/pii/score $(ARGS)

.PHONY: digest-score
digest-score: ## grouping accuracy of the log digest on labelled logs (ARGS=-held-out: on the kinds that are kept aside)
	@$(GO) run ./testdata/digest/score $(ARGS)

.PHONY: whys-score
whys-score: ## precision and recall of each lint on the labelled claims (ARGS=-held-out: on the half that is kept aside)
	@$(GO) run ./testdata/whys/score $(ARGS)

.PHONY: real-ollama
real-ollama: ## the Ollama client and its fake against a real server with a toy model (builds it in out/ollama: 40 minutes, needs a C++ compiler)
	dir=$$(scripts/real-ollama out/ollama) && TFTSR_TEST_OLLAMA=$$dir $(GO) test -count 1 -tags realollama -run 'RealOllama' -v ./providers

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist out
