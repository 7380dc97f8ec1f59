#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# weak_symbols_test.sh <libheddle.a> <object>...
#
# In a ThreadSanitizer build some sources of Heddle are not instrumented. A function that such an object shares
# with users' code (a template of the standard library, say) could be taken by the linker instead of the user's
# instrumented one, and races in it would be missed. So these objects may share Heddle's own functions only.
set -euo pipefail

library=$1
shift
status=0
for object in "$@"; do
  symbols=$(nm -C "$library" 2>/dev/null | awk -v object="$object:" '$0 == object { on = 1; next } /^$/ { on = 0 } on')
  if [ -z "$symbols" ]; then
    echo "weak_symbols_test: $library has no object $object" >&2
    status=1
    continue
  fi
  shared=$(awk '$2 == "W"' <<<"$symbols" | cut -d' ' -f3- | grep -vE 'heddle::|^__clang_call_terminate$' || true)
  if [ -n "$shared" ]; then
    echo "weak_symbols_test: $object shares functions with users' code:" >&2
    sed 's/^/    /' <<<"$shared" >&2
    status=1
  fi
done
exit $status
