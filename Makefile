# The index of what can be done here; `make help` prints it. Anything longer than a line is a script.

PREFIX ?= /usr/local
CARGO ?= cargo

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint fmt doc deps deny bless bench labs install clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## fetch libz3 into .z3/, unless there is one of a good version
	@scripts/setup-z3.sh

build: setup ## build everything, quick to compile rather than quick to run
	$(CARGO) build --workspace

demo: setup ## the troubleshooting guide, case by case, on built-in models
	@$(CARGO) run --quiet --package canreach -- demo

test: setup ## every test, the transcripts of the README among them
	$(CARGO) test --workspace

lint: setup ## formatting and clippy; a warning is an error here
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

fmt: ## format the code
	$(CARGO) fmt --all

doc: setup ## the documentation of all crates; a broken link is an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items

deps: ## check which crates do not depend on which
	@scripts/check-dependencies.sh

deny: ## check licences, banned crates and sources of all dependencies
	@scripts/tool.sh cargo-deny 0.20.2 -- --log-level error check licenses bans sources

bless: setup ## accept what the tests print now as what they expect; review the diff
	TRYCMD=overwrite SNAPSHOTS=overwrite INSTA_FORCE_PASS=1 INSTA_UPDATE=new $(CARGO) test --workspace
	@scripts/tool.sh cargo-insta 1.49.0 -- accept

bench: setup ## speed and memory on generated estates, as docs/performance.md has them: make bench SIZES=…
	@$(CARGO) run --release --quiet --package canreach-bench -- $(SIZES)

labs: setup ## compare verdicts with recorded probes, and the sets with the solver: make labs LABS=FOLDER
	@$(CARGO) build --release --quiet --package canreach --package canreach-bench
	@python3 scripts/labs.py target/release/canreach "$(LABS)"
	@target/release/canreach-bench --labs "$(LABS)"

install: setup ## a release build into PREFIX/bin, with libz3 in PREFIX/lib: make install PREFIX=…
	@scripts/install.sh "$(PREFIX)"

clean: ## remove what was built; .z3/ and .tools/ stay
	$(CARGO) clean
