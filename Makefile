# Every command of this repository. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run demo demo-telnyx test check interop kills simulate coverage fuzz bench bench-front bench-jitter bench-media bench-turns format lint docs clean

ADDRESS ?= 127.0.0.1
PORT ?= 5060
ARGS ?=
ARTIFACTS := .build-artifacts
SOURCES := Sources Tests Examples Package.swift Fuzz/Package.swift Fuzz/Sources/fuzz

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, start the agent (ADDRESS=127.0.0.1 PORT=5060 ARGS="--agent echo")
	@scripts/install.sh
	@scripts/install-speech.sh
	@scripts/build-release.sh
	@exec .build/release/trunkline serve --listen udp:$(ADDRESS):$(PORT) --listen tcp:$(ADDRESS):$(PORT) $(ARGS)

demo: ## let a real SIP phone (baresip) call the agent, and show the conversation
	@scripts/install.sh --demo
	@scripts/install-speech.sh
	@scripts/build-release.sh
	@scripts/demo.sh

demo-telnyx: ## let somebody call the agent by a trunk and by Call Control, over a carrier on this machine
	@scripts/install.sh --demo
	@scripts/install-speech.sh
	@scripts/build-release.sh
	@scripts/demo-telnyx.sh

test: ## install what the tests need and run all of them, interop included
	@scripts/install.sh --tests
	@scripts/install-speech.sh
	@scripts/test.sh

check: lint ## format, build with warnings as errors, unit tests: no foreign programs
	@scripts/test.sh --unit

interop: ## only the tests against foreign programs
	@scripts/install.sh --tests
	@scripts/install-speech.sh
	@scripts/test.sh --interop

kills: ## kill a server under load 200 times, and look for what it lost
	@scripts/install.sh --tests
	@TRUNKLINE_KILLS=200 scripts/test.sh --filter KillTests

simulate: ## seeded calls in virtual time, then their sound (ARGS="--seed 17" or "media --seed 17" replays one)
	@scripts/simulate.sh $(ARGS)

coverage: ## which lines of SIPCore and SDP the tests in virtual time execute
	@scripts/test.sh --coverage

T ?= all
S ?= 60
fuzz: ## feed a parser with damaged input, S=60 seconds each (T=message header uri sdp …: docs/fuzzing.md, or all)
	@scripts/fuzz.sh $(T) $(S)

B ?= all
bench: ## measure parser, calls and memory beside the peers from Debian (B=parse calls gate accept all)
	@scripts/install.sh --bench
	@Benchmarks/bench.py $(B)

bench-jitter: ## the jitter buffer and its concealment beside their peers: PESQ, delay, MOSc, words (ARGS="--set=a --no-peers")
	@scripts/install.sh --bench-media
	@Benchmarks/media/bench_jitter.py $(ARGS)

bench-front: ## the speech front end, with and without each part: echo, voice activity, noise, level, cost (ARGS=--only=echo)
	@scripts/install.sh --bench-media
	@Benchmarks/media/bench_front.py $(ARGS)

bench-media: ## codecs, SRTP and resampling beside the C libraries, in instructions (ARGS=g722; ARGS=talkoff)
	@scripts/install.sh --bench-media
	@Benchmarks/media/codec.py $(ARGS)

bench-turns: ## what an answer and an interruption cost beside the services (ARGS="--calls 50")
	@scripts/install.sh
	@Benchmarks/bench-turns.sh $(ARGS)

format: ## put the sources into the house format
	@swift format -i --configuration .swift-format -r $(SOURCES)

lint: ## say where the sources are not in the house format
	@swift format lint --strict --configuration .swift-format -r $(SOURCES)

docs: ## build the documentation of the libraries; a warning is an error
	@scripts/docs.sh

clean: ## remove what was built
	@rm -rf .build .build-fuzz .build-bench .build-docs Benchmarks/media/.build $(ARTIFACTS)
