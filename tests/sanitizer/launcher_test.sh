#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Test of sanitizer/launcher with a fake setarch and a fake vm.mmap_rnd_bits.
set -u

launcher=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/sanitizer/launcher
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin"
export SETARCH_LOG=$tmp/setarch.log
export HEDDLE_LAUNCHER_MMAP_BITS_FILE=$tmp/bits
failures=0

fail() {
  echo "FAILED: $case_name: $*" >&2
  failures=$((failures + 1))
}

# fake_setarch allowed|forbidden
fake_setarch() {
  if [ "$1" = allowed ]; then
    printf '#!/bin/sh\necho "$*" >>"$SETARCH_LOG"\nshift 2\nexec "$@"\n' >"$tmp/bin/setarch"
  else
    printf '#!/bin/sh\necho "setarch: failed to set personality: Operation not permitted" >&2\nexit 1\n' \
      >"$tmp/bin/setarch"
  fi
  chmod +x "$tmp/bin/setarch"
}

# run <command>...: status in $status, streams in $tmp/out and $tmp/err
run() {
  : >"$SETARCH_LOG"
  PATH="$tmp/bin:$PATH" "$launcher" "$@" >"$tmp/out" 2>"$tmp/err"
  status=$?
}

expect_status() { [ "$status" -eq "$1" ] || fail "status $status, expected $1"; }
expect_out() { [ "$(cat "$tmp/out")" = "$1" ] || fail "standard output '$(cat "$tmp/out")', expected '$1'"; }
expect_err_has() { grep -qF -- "$1" "$tmp/err" || fail "'$1' not in: $(cat "$tmp/err")"; }
expect_err_empty() { [ ! -s "$tmp/err" ] || fail "standard error not empty: $(cat "$tmp/err")"; }

case_name='few bits: the program runs as it is'
echo 28 >"$tmp/bits"
fake_setarch allowed
run sh -c 'echo "$1"; exit 7' sh 'two  words'
expect_status 7
expect_out 'two  words'
expect_err_empty
[ ! -s "$SETARCH_LOG" ] || fail 'setarch was used'

case_name='many bits: the program runs under setarch -R'
echo 32 >"$tmp/bits"
run sh -c 'echo "$1"; exit 7' sh 'two  words'
expect_status 7
expect_out 'two  words'
expect_err_empty
[ "$(tail -n 1 "$SETARCH_LOG" | cut -d ' ' -f 1-3)" = "$(uname -m) -R sh" ] || fail "setarch got: $(cat "$SETARCH_LOG")"

case_name='unknown number of bits: setarch -R where possible'
rm "$tmp/bits"
run true
expect_status 0
expect_err_empty
[ -s "$SETARCH_LOG" ] || fail 'setarch was not used'

case_name='many bits, setarch forbidden, the program does well'
echo 32 >"$tmp/bits"
fake_setarch forbidden
run sh -c 'echo out; echo err >&2; exit 7'
expect_status 7
expect_out out
[ "$(cat "$tmp/err")" = err ] || fail "standard error '$(cat "$tmp/err")', expected 'err'"

case_name='many bits, setarch forbidden, the program dies of the mapping'
run sh -c 'echo "FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2" >&2; exit 0'
expect_status 66
expect_err_has 'unexpected memory mapping 0x1-0x2'
expect_err_has 'sudo sysctl -w vm.mmap_rnd_bits=28'
expect_err_has 'randomises 32'

case_name='few bits, setarch missing or forbidden: nobody asks it'
echo 8 >"$tmp/bits"
run sh -c 'exit 3'
expect_status 3
expect_err_empty

case_name='no program'
run
expect_status 2
expect_err_has usage

case_name='the real setarch, where this machine allows it'
if setarch "$(uname -m)" -R true 2>/dev/null; then
  rm "$tmp/bin/setarch"
  echo 32 >"$tmp/bits"
  run sh -c 'cat /proc/self/personality'
  expect_status 0
  personality=$(cat "$tmp/out")
  [ $((0x$personality & 0x0040000)) -ne 0 ] || fail "personality $personality lacks ADDR_NO_RANDOMIZE"
fi

if [ "$failures" -ne 0 ]; then
  exit 1
fi
echo 'launcher_test: passed'
