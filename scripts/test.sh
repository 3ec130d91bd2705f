#!/usr/bin/env bash
# Builds and runs the tests, and ends with one line: "N passed, N failed".
#   scripts/test.sh            everything
#   scripts/test.sh --unit     without the tests against foreign programs
#   scripts/test.sh --interop  only those
#   scripts/test.sh --filter X only tests whose name matches X
#   scripts/test.sh --coverage only tests in virtual time, and which lines of the cores they execute
set -uo pipefail
cd "$(dirname "$0")/.."
artifacts=.build-artifacts
mkdir -p "$artifacts"

echo "Building (the first time takes about ten minutes on two cores) ..."
if ! swift build --build-tests --enable-code-coverage >"$artifacts/build.log" 2>&1; then
    grep -E 'error:|warning:' "$artifacts/build.log" | sort -u | head -n 40
    echo "It does not build; the whole log is $artifacts/build.log"
    echo "0 passed, 1 failed"
    exit 1
fi

# Profiles are wanted of the computed tests only; the tests' child processes would leave theirs anywhere.
export LLVM_PROFILE_FILE=/dev/null
profiles=$PWD/$artifacts/coverage

logs=()
# Runs the tests that the arguments choose; a hanging test is stopped and counts as a failure.
run() {
    local log=$artifacts/$1.log
    shift
    logs+=("$log")
    # What `swift test` starts: two of these would not run beside each other.
    timeout --kill-after 30 "$limit" .build/debug/trunklinePackageTests.xctest --testing-library swift-testing "$@" \
        2>&1 | tee "$log" |
        grep --line-buffered -vE '^(◇|↳)|^✔ Test "|started\.$|Planning build'
    if [ "${PIPESTATUS[0]}" = 124 ]; then
        echo "The tests of $log were stopped after $limit s: something hung." | tee -a "$log"
    fi
    # Skipped tests are named, not hidden.
    grep -E '^[^ ]+ Test .* skipped' "$log"
}

# Runs a program that counts as one test.
check() {
    local name=$1 log=$artifacts/check-$2.log
    shift 2
    logs+=("$log")
    if "$@" >"$log" 2>&1; then echo "$name: 1 passed, 0 failed" >>"$log"
    else echo "$name: 0 passed, 1 failed" >>"$log"; fi
    cat "$log"
}

# Tests that neither wait nor open sockets, and which lines of the cores they execute.
computed() {
    rm -rf "$profiles"
    LLVM_PROFILE_FILE=$profiles/computed-%p.profraw limit=900 run computed \
        --skip 'InteropTests|SIPNIOTests|TelephonyTests|AgentTests|ProvidersTests|TelnyxTests|CallAPITests|CallControlTests|WebhooksTests'
    check coverage coverage scripts/coverage
}

# Adds what the two lanes have found to the logs. A suite that failed beside the other lane is run again alone, and that counts:
# a program of others that had to wait for the processor is no failure of ours. Not when many failed: then it is not that.
judge_alone() {
    local lane log again=()
    # The second lane's is there already.
    unset 'logs[-1]'
    for lane in phones others; do
        log=$artifacts/interop-$lane.log
        local failed
        if failed=$(scripts/failed-suites "$log") && [ "$(wc -w <<<"$failed")" -le 4 ]; then
            # shellcheck disable=SC2206 # names without blanks
            again+=($failed)
            logs+=("$log.passed")
        else
            logs+=("$log")
        fi
    done
    [ ${#again[@]} -eq 0 ] && return
    echo "Failed beside others, and run again alone: ${again[*]}"
    limit=900 run interop-again --no-parallel --filter "[.]($(IFS='|'; echo "${again[*]}"))/"
}

# Tests against foreign programs. A phone that has to wait for the processor stutters, so those that keep the processors
# busy go one at a time. The others mostly wait, for calls to be over and timers to go off: they go in two lanes, each with
# ports of its own.
interop() {
    local busy='InteropTests.(CoreSetTests|FloodTests|KillTests|LocalModelTests|Rehearse|ScriptedCallerTests|SIPpTests)'
    local phones='InteropTests.(Baresip|CallControl|Doctor|EncryptedCall|Linphone|MediaPeer|Probe|Proxy|ProxyTransfer|Sandbox|SIPp|SIPpMedia|SIPpScenario|TLS|Telnyx|Transfer)'
    limit=1500 run interop-busy --no-parallel --filter "$busy"
    TRUNKLINE_TEST_PORTS=9000-12600 limit=1500 run interop-phones --no-parallel --filter "$phones" --skip "$busy" &
    local phones_run=$!
    TRUNKLINE_TEST_PORTS=12700-16300 limit=1500 run interop-others --no-parallel --filter InteropTests --skip "$busy" \
        --skip "$phones"
    wait "$phones_run"
    judge_alone
    check docs/interop.md interop-table scripts/interop-table --check "$artifacts"/interop-{busy,phones,others}.log
}

what=${1:-all}
case $what in
--filter) limit=1800 run chosen --no-parallel --filter "${2:?}" ;;
--coverage) computed ;;
*)
    if [ "$what" != --interop ]; then
        check "what a core must not do" cores scripts/check-cores
        check docs/compliance.md compliance scripts/compliance --check
        if [ "$what" = all ]; then
            # What `make run` starts: the optimiser has crashed on what builds for debugging. It builds beside what
            # follows, of which nothing is timed.
            scripts/build-release.sh &
            release=$!
        fi
        # First what is computed: calls in virtual time keep every core busy. Then what has sockets and clocks.
        echo "Simulating calls (its first build takes some minutes) ..."
        check simulation simulation scripts/simulate.sh
        # What it costs, counted in instructions: time would say more of the machine than of the program.
        if [ "$what" = all ]; then
            check "instruction counts" gate Benchmarks/bench.py gate
            check "what the worst message costs" worst-case scripts/worst-case
        fi
        computed
        if [ "$what" = all ]; then check "release build" release wait "$release"; fi
        limit=1200 run timed --no-parallel --filter 'SIPNIOTests|TelephonyTests|AgentTests|ProvidersTests|TelnyxTests|CallAPITests|CallControlTests|WebhooksTests'
    fi
    if [ "$what" != --unit ]; then interop; fi
    ;;
esac
echo
scripts/count-tests "${logs[@]}"
