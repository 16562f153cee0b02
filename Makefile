# Agora: what a developer runs. Go and make are enough for build, test and localnet;
# the tools behind lint and proto are built from the pinned versions in tools/go.mod.

GO      ?= go
# Compile jobs at once. The linker needs about 2.2 GB for the node, so two is the safe default.
JOBS    ?= 2
# Extra arguments for the program a target starts, e.g. make localnet ARGS="--miners 6".
ARGS    ?=
# Build tags. The miner opens GPU drivers and llama.cpp at run time, for which it needs the C library's loader;
# TAGS=static leaves that out and makes it static like the other two programs.
TAGS    ?=
# Packages for test and bench, e.g. make test PKG=./x/subnet/...
PKG     ?= ./...

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)

BIN     := bin
TOOLBIN := .cache/bin

# One set of compile flags for build, test and lint: a different set would compile the SDK once
# more, which costs minutes. Linker flags (-s -w -X) do not reach the compiler and may differ.
export CGO_ENABLED := 0
# -trimpath keeps the folders of whoever builds out of the programs and their error messages. The version
# comes from git through LDFLAGS; Go's own stamping would fail in a clone of another user.
export GOFLAGS ?= -buildvcs=false -trimpath
GOFLAGS_COMMON := -p $(JOBS)
VERSION_PKG    := github.com/cosmos/cosmos-sdk/version
LDFLAGS        := -s -w -X $(VERSION_PKG).Name=agora -X $(VERSION_PKG).Version=$(VERSION) -X $(VERSION_PKG).Commit=$(COMMIT)

# Code whose result every node must compute alike: held to the rules of tools/consensuslint.
CONSENSUS_PKGS := ./x/... ./app/... ./benchmark/spec/... ./internal/chaincfg/... ./internal/packed/... ./internal/beacon ./internal/halflife/... ./internal/paramspec ./docs/openapi

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

##@ Use

.PHONY: help
help: ## Show this page (the default target)
	@awk 'BEGIN {FS = ":.*## "; print "make <target>"} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9_-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nVariables: ARGS (arguments of localnet), PKG (packages of test and bench), JOBS (compile jobs), GO (go command)\n'

.PHONY: localnet
localnet: build ## Build, then run a paying network in the foreground; Ctrl-C stops it
	@exec $(BIN)/agorad localnet up $(ARGS)

.PHONY: build
build: $(BIN)/agorad $(BIN)/miner $(BIN)/validator ## Build bin/agorad, bin/miner and bin/validator (stripped; TAGS=static for a miner without C's loader)

# Always asked of go, which knows better than file times what is up to date.
$(BIN)/%: FORCE
	@echo "build $@"
	@$(GO) build $(GOFLAGS_COMMON) -tags '$(TAGS)' -ldflags '$(LDFLAGS) -X $(VERSION_PKG).AppName=$*' -o $@ ./cmd/$*

.PHONY: install
install: ## Install the three programs into GOBIN (or GOPATH/bin)
	@for program in agorad miner validator; do \
		echo "install $$program"; \
		$(GO) install $(GOFLAGS_COMMON) -tags '$(TAGS)' -ldflags "$(LDFLAGS) -X $(VERSION_PKG).AppName=$$program" ./cmd/$$program || exit 1; \
	done

.PHONY: clean
clean: ## Remove bin/, generated scratch folders and the built tools (not Go's caches)
	rm -rf $(BIN) .gen .cache third_party

##@ Check

.PHONY: test
test: ## Run every test, end-to-end network included (PKG= narrows it)
	$(GO) test $(GOFLAGS_COMMON) -ldflags '-s -w' -timeout 30m $(PKG)
ifeq ($(PKG),./...)
	$(GO) -C tools test $(GOFLAGS_COMMON) ./...
endif

.PHONY: test-race
test-race: ## Run the tests of the daemons and what they are made of under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test $(GOFLAGS_COMMON) -race -timeout 30m ./benchmark/... ./blob/... ./chainclient/... ./engine/... ./evidence/... ./internal/... ./miner/... ./validator/... ./wire/...

# How long each fuzz target runs, in the form of go test -fuzztime.
FUZZTIME ?= 10s

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (10s) each; make test runs their seeds only
	@grep -r --include='*_test.go' --exclude-dir=.cache --exclude-dir=third_party --exclude-dir=tools -oE '^func Fuzz[A-Za-z0-9_]+' $(patsubst %/...,%,$(PKG)) | sort -u | \
	while IFS=: read -r file func; do \
		target=$${func#func }; dir=$$(dirname $$file); echo "fuzz $$dir $$target"; \
		$(GO) test $(GOFLAGS_COMMON) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$dir || exit 1; \
	done

.PHONY: lint
lint: lint-go lint-consensus proto-check ## Run every static check: linters, import arrows, consensus rules, proto

.PHONY: lint-go
lint-go: $(TOOLBIN)/golangci-lint ## Run golangci-lint (.golangci.yml) over the main module and tools/
	$(TOOLBIN)/golangci-lint run $(ARGS)
	cd tools && ../$(TOOLBIN)/golangci-lint run --config ../.golangci.yml $(ARGS)

.PHONY: lint-consensus
lint-consensus: $(TOOLBIN)/consensuslint ## Refuse floats, map ranges, clocks, goroutines and chance in consensus code
	$(GO) vet $(GOFLAGS_COMMON) -vettool=$(abspath $(TOOLBIN)/consensuslint) $(CONSENSUS_PKGS)

.PHONY: fmt
fmt: $(TOOLBIN)/golangci-lint ## Format Go code (gofumpt, goimports) and proto files
	$(TOOLBIN)/golangci-lint fmt
	cd tools && ../$(TOOLBIN)/golangci-lint fmt --config ../.golangci.yml
	@$(MAKE) --no-print-directory proto-format

##@ Protocol buffers

.PHONY: proto
proto: ## Regenerate the committed Go code and the OpenAPI file from proto/
	@scripts/protogen.sh generate

.PHONY: proto-check
proto-check: ## Lint proto/, refuse breaking changes, and check that the generated code is current
	@scripts/protogen.sh lint
	@scripts/protogen.sh breaking
	@scripts/protogen.sh check

.PHONY: proto-format
proto-format:
	@scripts/protogen.sh format

.PHONY: proto-freeze
proto-freeze: ## Promise today's API: renew the image that breaking changes are measured against
	@scripts/protogen.sh freeze

##@ Measure

.PHONY: bench
bench: ## Run the Go benchmarks, six times each, for benchstat (PKG= narrows it)
	$(GO) test $(GOFLAGS_COMMON) -ldflags '-s -w' -run '^$$' -bench . -benchmem -count 6 $(PKG)

.PHONY: benchstat
benchstat: $(TOOLBIN)/benchstat ## Compare two bench outputs: make benchstat ARGS="old.txt new.txt"
	@$(TOOLBIN)/benchstat $(ARGS)

.PHONY: bench-localnet
bench-localnet: build ## Measure a localnet: start-up, first paid epoch, memory, CPU, binary sizes
	@$(BIN)/agorad localnet bench $(ARGS)

.PHONY: bench-chain
bench-chain: $(BIN)/agorad ## Load 4 nodes with commits and reveals: messages per second, block times, what limits them
	@$(GO) run $(GOFLAGS_COMMON) -ldflags '-s -w' ./test/load --agorad $(BIN)/agorad $(ARGS)

.PHONY: bench-engine
bench-engine: ## Measure the native engine, and a miner in front of a server (ARGS="-quick": bars only)
	@engine=0; $(GO) run $(GOFLAGS_COMMON) ./engine/enginebench $(ARGS) || engine=1; \
	$(GO) run $(GOFLAGS_COMMON) ./miner/proxybench $(filter -quick,$(ARGS)) && exit $$engine

.PHONY: bench-benchmark
bench-benchmark: ## Measure benchmarks at a validator: scorer calls, an item, a round of 256 miners, ranking (ARGS="-quick": fewer rounds)
	@$(GO) run $(GOFLAGS_COMMON) ./validator/roundbench $(ARGS)

# --- tools -----------------------------------------------------------------------------------------
# Built once into .cache/bin; Go's build cache makes a rebuild a matter of linking.

TOOL_golangci-lint           := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
TOOL_buf                     := github.com/bufbuild/buf/cmd/buf
TOOL_protoc-gen-gocosmos     := github.com/cosmos/gogoproto/protoc-gen-gocosmos
TOOL_protoc-gen-grpc-gateway := github.com/grpc-ecosystem/grpc-gateway/protoc-gen-grpc-gateway
TOOL_protoc-gen-openapiv2    := github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2
TOOL_benchstat               := golang.org/x/perf/cmd/benchstat
TOOL_consensuslint           := ./consensuslint/cmd/consensuslint

.PHONY: tools
tools: $(patsubst TOOL_%,$(TOOLBIN)/%,$(filter TOOL_%,$(.VARIABLES))) ## Build every pinned tool into .cache/bin

$(TOOLBIN)/%: tools/go.mod tools/go.sum
	@echo "build $@ (once)"
	@mkdir -p $(TOOLBIN)
	@$(GO) -C tools build $(GOFLAGS_COMMON) -ldflags '-s -w' -o ../$@ $(TOOL_$*)

$(TOOLBIN)/consensuslint: $(shell find tools/consensuslint -name '*.go' -not -name '*_test.go' 2>/dev/null)

.PHONY: FORCE
FORCE:
