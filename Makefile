# What one does with Godwit's sources. Needs Go, and a C compiler for the race detector.

FUZZTIME ?= 10m
PKG      ?= ./...
ARGS     ?=

tool = go tool -modfile=$(CURDIR)/tools/go.mod

.PHONY: help demo man screenshot test check check-format check-lint check-test check-bench format fuzz bench api cover

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## watch real requests against a server of its own
	go run ./cmd/godwit demo

man: ## write the man page, godwit.1
	go run ./internal/cli/mkman godwit.1

screenshot: ## make the picture of the documentation, by real runs; port 8000 must be free
	go run ./internal/cli/mkshot docs/godwit.svg

test: ## run the tests
	go test ./...

check: check-format check-lint check-test check-bench ## everything that must hold before a commit

check-format:
	@out=$$($(tool) gofumpt -l .) && \
	if [ -n "$$out" ]; then echo "not formatted (make format does it):"; echo "$$out"; exit 1; fi

check-lint:
	go vet ./...
	$(tool) staticcheck ./...

# Examples and the seeds of the fuzz targets are tests too.
check-test:
	go test -race -shuffle=on ./...

check-bench:
	cd bench && go vet ./... && $(tool) staticcheck ./... && go test ./...

format: ## format all Go files
	$(tool) gofumpt -w .

fuzz: ## fuzz each target for FUZZTIME (10m); PKG=./internal/h1 for those of one package
	@set -e; for pkg in $$(go list $(PKG)); do \
		listed=$$(go test -list '^Fuzz' $$pkg); \
		for target in $$(echo "$$listed" | grep '^Fuzz'); do \
			echo "== $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: ## measure beside the raw socket, net/http and fasthttp; ARGS='-inflight 64'
	cd bench && go run . $(ARGS)

api: ## write api.txt, the list of the public names, anew
	go test -run '^TestAPI$$' -update .

cover: ## say how much the tests reach
	go test -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out | tail -n 1
