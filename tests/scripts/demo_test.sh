#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Test of scripts/demo: it accepts a program that behaves, and notices each way in which one may not.
set -u

demo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/demo
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

# A stand-in for demo_test. The case may set: FOUND, REPLAYED (verdict, step, hash), FIXED (exit status), LINE.
cat >"$tmp/demo_test" <<'EOF'
#!/bin/bash
report() {
  printf '%s:41: Failure\n%s  3 of 3 live tasks are blocked, none can run\n' demo_test.cc "$1"
  printf '  (schedule 217 of 1000, step %s)\n\n  T2 consumer  lock mutex "cart.mu" (held by T1, step 6)\n\n' "$2"
  printf '  reproduce (same binary):\n    %s\n\n' "$LINE"
  printf '  replayed 2x with an identical trace (trace hash %s)\n' "$3"
}
case "$*" in
  *Demo.ProducerReleasesTheLockFirst)
    [ "${HEDDLE_SCHEDULES:-}" = 10000 ] || exit 9
    [ "$FIXED" = filtered ] && exit 0
    echo '[  PASSED  ] 1 test.'
    exit "$FIXED"
    ;;
  *) ;;
esac
[ -z "${HEDDLE_SEED:-}" ] || exit 9
if [ "${HEDDLE_REPLAY:-}" = 'v1:a b' ]; then
  report $REPLAYED
else
  report $FOUND
fi
exit "$BUGGY"
EOF
chmod +x "$tmp/demo_test"

# expect <status> <words of the output> [<variable>=<value>...]
expect() {
  local expected=$1 words=$2 status=0
  shift 2
  env HEDDLE_SEED=1 BUGGY=1 FIXED=0 FOUND='DEADLOCK 25 0123456789abcdef' REPLAYED='DEADLOCK 25 0123456789abcdef' \
    LINE="HEDDLE_REPLAY='v1:a b' ./demo_test --gtest_filter=Demo.ProducerHoldsTheLockItsConsumerNeeds" "$@" \
    "$demo" --binary "$tmp/demo_test" >"$tmp/out" 2>&1 || status=$?
  if [ "$status" -ne "$expected" ] || ! grep -qF -- "$words" "$tmp/out"; then
    echo "FAILED: status $status, expected $expected with '$words': $*" >&2
    cat "$tmp/out" >&2
    failures=$((failures + 1))
  fi
}

expect 0 'replayed  DEADLOCK     25       0123456789abcdef'
expect 1 'ended with status 0, expected 1' BUGGY=0
expect 1 'expected the verdict DEADLOCK' FOUND='LEAK 25 0123456789abcdef'
expect 1 'no trace hash' FOUND='DEADLOCK 25 none'
expect 1 'no line that replays' LINE='HEDDLE_SEED=1:2 ./demo_test'
expect 1 'another verdict' REPLAYED='DIVERGED 25 0123456789abcdef'
expect 1 'another step' REPLAYED='DEADLOCK 6 0123456789abcdef'
expect 1 'another trace hash' REPLAYED='DEADLOCK 25 0123456789abcdee'
expect 1 'the repaired program ended with status 1' FIXED=1
expect 1 'did not run' FIXED=filtered

if [ "$failures" -ne 0 ]; then
  exit 1
fi
echo 'demo_test: passed'
