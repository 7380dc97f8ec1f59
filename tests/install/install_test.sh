#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/install/install_test.sh <build tree of Heddle> <C++ compiler> <directory to work in>
#
# Installs Heddle, moves the package elsewhere, and builds and tests the project consumer/ against it.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
compiler=$2
work=$3
failures=0

for name in "${!HEDDLE_@}" "${!GTEST_@}"; do
  unset "$name"
done

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# must <command>...: its output is shown only if it fails, which ends the test.
must() {
  "$@" >"$work/log" 2>&1 && return
  cat "$work/log" >&2
  echo "FAILED: $*" >&2
  exit 1
}

rm -rf "$work"
mkdir -p "$work"
must cmake --install "$build" --prefix "$work/installed"
mv "$work/installed" "$work/package"
if grep -rIlF -e "$work" -e "$build" -e "$(dirname "$(dirname "$here")")" "$work/package"; then
  fail 'these installed files name directories of this machine'
fi

options=(-G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS=-g1 -DCMAKE_PREFIX_PATH="$work/package")
if command -v ccache >/dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

must cmake "${options[@]}" -S "$here/consumer" -B "$work/consumer"
must cmake --build "$work/consumer" --parallel 2
variants=$(cd "$work/consumer" && echo heddle*)
[ "$variants" = heddle_thread ] || fail "Heddle was built as: $variants"

# expect <test> passed|failed [<line of its output>...], a line as a basic regular expression
expect() {
  local test=$1 expected=$2 outcome=passed line
  shift 2
  ctest --test-dir "$work/consumer" -R "^$test\$" --no-tests=error --output-on-failure >"$work/log" 2>&1 || outcome=failed
  [ "$outcome" = "$expected" ] || { cat "$work/log" >&2; fail "$test $outcome"; }
  for line in "$@"; do
    grep -q -e "$line" "$work/log" || { cat "$work/log" >&2; fail "no line '$line' from $test"; }
  done
}

expect Queue.DeliversInOrder passed
expect Queue.DeadlineIsHandedOver passed
expect Account.TransfersBothWays failed '^DEADLOCK  2 tasks wait for each other' \
  '^ *HEDDLE_REPLAY=v1:[^ ]* [^ ]*/account_test --gtest_filter=Account.TransfersBothWays$'
expect Counter.Unlocked passed
expect Counter.Locked.thread passed
expect Counter.Unlocked.thread failed '^RACE  ThreadSanitizer' 'counter_test.cc:9' \
  '^ *HEDDLE_REPLAY=v1:[^ ]* [^ ]*/counter_tsan_test --gtest_filter=Counter.Unlocked$'

# A sanitizer that only the program has would crash it: the linker refuses, in words.
includes="-I$work/package/include"
"$compiler" -std=c++20 -fsanitize=address "$includes" "$here/consumer/queue_test.cc" \
  "$(find "$work/package" -name libheddle.a)" -o "$work/half" >"$work/log" 2>&1 && fail 'half of a program has a sanitizer'
grep -q heddle_built_with_fsanitize_address "$work/log" || { cat "$work/log" >&2; fail 'no word on the sanitizer'; }

# Both labels and the timeout, deadline + 30 s, reached ctest.
tests=$(ctest --test-dir "$work/consumer" -L quick -L queue --show-only=json-v1)
[ "$(grep -c '"name" : "Queue\.' <<<"$tests")" -eq 2 ] || fail "labels: $tests"
grep -q '"value" : 50.0' <<<"$tests" || fail "timeout: $tests"

# refused <words> <arguments of heddle_add_test>
refused() {
  local words=$1
  shift
  rm -rf "$work/refused"
  mkdir "$work/refused"
  sed -e '/^heddle_add_test/d' "$here/consumer/CMakeLists.txt" >"$work/refused/CMakeLists.txt"
  echo "$*" >>"$work/refused/CMakeLists.txt"
  if cmake "${options[@]}" -S "$work/refused" -B "$work/refused/build" >"$work/log" 2>&1; then
    fail "accepted: $*"
  fi
  tr -s '\n ' ' ' <"$work/log" | grep -qF -- "$words" || { cat "$work/log" >&2; fail "no '$words': $*"; }
}

queue="$here/consumer/queue_test.cc"
refused "unknown sanitizer 'memory'; known are address, undefined, thread" \
  "heddle_add_test(t SOURCES $queue SANITIZERS memory)"
refused 'address and thread exclude each other' \
  "heddle_add_test(t SOURCES $queue SANITIZERS thread address)"
refused 'unknown arguments: TIMEOUT;5' "heddle_add_test(t TIMEOUT 5 SOURCES $queue)"
refused "not '1.5'" "heddle_add_test(t SOURCES $queue DEADLINE 1.5)"
refused 'SOURCES is missing' 'heddle_add_test(t)'
refused 'HEDDLE_SANITIZE' "heddle_add_test(t SOURCES $queue SANITIZERS thread LIBS heddle::heddle)"

if [ "$failures" -ne 0 ]; then
  exit 1
fi
echo 'install_test: passed'
