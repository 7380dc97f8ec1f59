#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# handler_symbols_test.sh <libheddle.a> <object>
#
# A signal's handler may interrupt ThreadSanitizer's runtime while that holds its locks. What the runtime
# replaces (strlen as well as system calls and the guards of local statics) may wait for them, for ever. So the
# object with the handler is linked with nothing but Heddle and what is known not to be replaced.
set -euo pipefail

symbols=$(nm -C "$1" 2>/dev/null | awk -v object="$2:" '$0 == object { on = 1; next } /^$/ { on = 0 } on')
if [ -z "$symbols" ]; then
  echo "handler_symbols_test: $1 has no object $2" >&2
  exit 1
fi
foreign=$(awk '$1 == "U" { $1 = ""; print substr($0, 2) }' <<<"$symbols" |
  grep -vE '^heddle(::|_built_)|^(syscall|timer_settime|__errno_location|__gxx_personality_v0|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$' || true)
if [ -n "$foreign" ]; then
  echo "handler_symbols_test: the handler is linked with what ThreadSanitizer may replace:" >&2
  sed 's/^/    /' <<<"$foreign" >&2
  exit 1
fi
