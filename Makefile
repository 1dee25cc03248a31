# The verbs of this repository; what they do is in dev/. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help install build demo demo-down test test-kafka e2e bench bench-events generate format clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

install: ## Installs the Debian packages that everything else needs
	@dev/install

build: install ## Builds freehold into build/release
	@dev/build release

demo: ## A shop of six services, each with a database nobody else can open; CLUSTER=current: in your cluster; BUS=kafka: events by Kafka
	@CLUSTER=$(CLUSTER) BUS=$(BUS) dev/demo

demo-down: ## Stops what the demo started and forgets it
	@dev/demo-down

test: ## Runs every test, on real servers
	@dev/test

test-kafka: build ## Runs the tests of events over a real Kafka, Kafka Connect and Debezium
	@dev/install kafka
	@dev/build release tests_pipeline
	@FREEHOLD_TALLY=/dev/null dev/with-servers --cluster --pg 15,18 --kafka dev/run-ctest release pipeline

e2e: ## Builds the image and runs the shop and two replicas as Pods on a node of its own; as root
	@dev/e2e

bench: build ## Measures, beside the limit measured in the same run
	@dev/bench

bench-events: ## Measures how events and rows travel and what flows cost at rest, beside the limit
	@dev/bench-events

generate: build ## Writes the CRDs and the reference from the kinds in the code
	@dev/generate

format: ## Formats the C++ sources
	@git ls-files '*.cc' '*.h' | xargs clang-format -i

clean: demo-down ## Removes what was built; the cache outside of the checkout stays
	@rm -rf build .test .e2e
