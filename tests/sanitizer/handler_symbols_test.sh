#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# handler_symbols_test.sh <libheddle.a> <object> <uninstrumented object>...
#
# A signal's handler may interrupt ThreadSanitizer's runtime while that holds its locks. What the runtime
# replaces (strlen as well as system calls and the guards of local statics) may wait for them, for ever, and so may
# instrumented code. So the object with the handler is linked with nothing but functions of Heddle's objects that
# are not instrumented, Heddle's variables, and what is known not to be replaced.
set -euo pipefail

library=$1 handler=$2
shift 2
symbols() {
  nm "$library" 2>/dev/null | awk -v object="$1:" '$0 == object { on = 1; next } /^$/ { on = 0 } on'
}

used=$(symbols "$handler" | awk '$1 == "U" { print $2 }')
if [ -z "$used" ]; then
  echo "handler_symbols_test: $library has no object $handler" >&2
  exit 1
fi
allowed=$(
  printf '%s\n' syscall timer_settime __errno_location __gxx_personality_v0 _GLOBAL_OFFSET_TABLE_ __stack_chk_fail
  for object in "$@"; do symbols "$object" | awk 'NF == 3 && $2 != "W" { print $3 }'; done
  nm "$library" 2>/dev/null | awk 'NF == 3 && $2 ~ /^[BDR]$/ { print $3 }'
)
foreign=$(grep -vxFf <(printf '%s\n' "$allowed") <<<"$used" || true)
if [ -n "$foreign" ]; then
  echo "handler_symbols_test: the handler is linked with what may wait for ThreadSanitizer's locks:" >&2
  c++filt <<<"$foreign" | sed 's/^/    /' >&2
  exit 1
fi
