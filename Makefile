# What a user types; `make help` says what each does.
#
#   make demo               the whole system on this machine, and what comes out of it
#   make demo DATA=my.csv   the same with your own file
#   make test               every test, on servers of its own

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Everything is built and tested once, in the form in which it runs. Tests are built for the whole workspace at once:
# cargo would build dependencies anew for a part of it that wants less of them.
CARGO_FLAGS := --release --locked
DIST := target/dist
GUESTS := decoder totals anomaly
COMPONENTS := $(GUESTS:%=$(DIST)/components/%.wasm)
# Guests for the tests: one misbehaves on demand, one reads state of an earlier version of itself.
HOSTILE := $(DIST)/guests/hostile-aggregate.wasm $(DIST)/guests/upgraded.wasm
LIBRARY := $(DIST)/native/linux-x86_64/libcomponent_jni.so
COMMAND := target/release/crimes
PROGRAMS := target/release/componentize target/release/libcomponent_jni.so $(COMMAND)
JAR := flink-job/target/crimes-job.jar
MAVEN := mvn --batch-mode --no-transfer-progress --quiet --file flink-job/pom.xml

RUST := Cargo.toml Cargo.lock rust-toolchain.toml
GUEST_SOURCES := $(RUST) $(shell find udf -name '*.rs' -o -name '*.toml' -o -name '*.wit')
NATIVE_SOURCES := $(RUST) $(shell find flink-job/native udf/componentize \( -name '*.rs' -o -name '*.toml' \) -not -path '*/tests/*') \
	$(wildcard udf/wit/*.wit)
COMMAND_SOURCES := $(RUST) $(shell find cli producer generator \( -name '*.rs' -o -name '*.toml' \) -not -path '*/tests/*')
JAVA_SOURCES := flink-job/pom.xml $(shell find flink-job/src -type f)

.PHONY: help demo test up down status clean build fetch components guests lint bench bench-producer bench-memory fuzz compose-env prerequisites \
	chaos outage test-rust test-java test-stack test-e2e

help: ## show this
	@echo "Crime records through Kafka, Flink and components in Rust. Targets:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16
	@echo "Settings: DATA=FILE (demo), KAFKA_PORT, FLINK_PORT, POSTGRES_PORT, ELASTICSEARCH_PORT, ZOOKEEPER_PORT (up, demo)."

demo: ## the whole way of a record on real servers, with generated crimes or DATA=file.csv[.gz]
	@$(MAKE) --jobs 2 build fetch # one waits for the processor, the other for the network
	@DATA='$(DATA)' stack/demo

up: prerequisites ## fetch what is missing and start Kafka, Flink, Postgres and Elasticsearch
	@stack/stack up

down: ## stop them
	@stack/stack down

status: ## show which of them run
	@stack/stack status

build: $(JAR) $(COMMAND) ## build the components, the native library, the job's jar and the command

components: $(COMPONENTS) ## build the components alone

fetch: prerequisites
	@stack/stack fetch

prerequisites:
	@stack/prerequisites

# One run of cargo builds all programs: two would build what they share twice, with different features.
$(PROGRAMS) &: $(NATIVE_SOURCES) $(COMMAND_SOURCES) | prerequisites
	@echo "programs and native library: the first time takes some minutes ..." >&2
	@cargo build --quiet $(CARGO_FLAGS) --package componentize --package component-jni --package crimes
	@touch $(PROGRAMS)

$(COMPONENTS) &: $(GUEST_SOURCES) target/release/componentize
	@echo "components ..." >&2
	@target/release/componentize --out $(DIST)/components $(GUESTS)
	@touch $(COMPONENTS)

guests: $(HOSTILE)

$(HOSTILE): $(GUEST_SOURCES) $(shell find tests/guests -name '*.rs' -o -name '*.toml') target/release/componentize
	@target/release/componentize --out $(@D) $(basename $(@F))
	@touch $@

$(LIBRARY): target/release/libcomponent_jni.so
	@mkdir -p $(@D)
	@cp $< $@

$(JAR): $(JAVA_SOURCES) $(COMPONENTS) $(LIBRARY) | prerequisites
	@echo "job ..." >&2
	@$(MAVEN) -DskipTests -Dspotless.check.skip package
	@touch $@

test: test-rust test-java test-stack test-e2e ## every test, unit to end to end, on servers of its own

test-rust: build ## unit and property tests, hostile components, golden cases
	@cargo test $(CARGO_FLAGS) --workspace

test-java: build guests ## the job's unit and operator tests, and its format
	@$(MAVEN) verify

test-stack: fetch ## the tests of the local servers' scripts
	@python3 -m unittest discover --start-directory stack --top-level-directory stack

test-e2e: build ## real servers, every row compared with a brute-force answer key; ONLY=word for some
	@cargo test $(CARGO_FLAGS) --workspace --test e2e -- $(ONLY)

chaos: build ## real servers killed, frozen, locked and filled at random, every row compared; SEED=1 FAULTS=100 MINUTES=40
	@SEED='$(SEED)' FAULTS='$(FAULTS)' MINUTES='$(MINUTES)' RATE='$(RATE)' cargo run --quiet $(CARGO_FLAGS) --package e2e --example chaos -- random

outage: build ## each server behind the job away for MINUTES=10, then all at once, every row compared
	@SEED='$(SEED)' MINUTES='$(MINUTES)' RATE='$(RATE)' cargo run --quiet $(CARGO_FLAGS) --package e2e --example chaos -- outages

bench: build ## records a second, beside Flink's own cost and hand-written Java in the same run; FILE=my.csv for other data
	@cargo run --quiet $(CARGO_FLAGS) --package e2e --example bench-job -- $(FILE)

bench-producer: build ## rows a second of reading and sending, beside Kafka's own performance test; FILE=my.csv for other data
	@producer/bench/run $(FILE)

bench-memory: build ## what the producer needs for 8,000,000 rows in no order (2 GB); YEARS=24
	@producer/bench/memory $(YEARS)

fuzz: prerequisites ## coverage-guided fuzzing with cargo-fuzz, MINUTES=5 for each of six targets; TARGETS="csv frame" for some
	@fuzz/run $(or $(MINUTES),5) $(TARGETS)

lint: build ## formats and lints, as strict as they are in one place each
	@cargo fmt --check
	@cargo fmt --check --manifest-path fuzz/Cargo.toml
	@cargo update --workspace --locked --quiet --manifest-path fuzz/Cargo.toml
	@cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- --deny warnings
	@$(MAVEN) spotless:check

compose-env: ## write .env with fresh passwords for docker compose
	@docker/compose-env

clean: ## stop the servers and remove all that was built and stored (not the cache of downloads)
	@stack/stack clean
	@rm -rf target flink-job/target
