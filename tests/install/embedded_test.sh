#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/install/embedded_test.sh <C++ compiler> <directory to work in>
#
# Configures the project embedded/, which adds Heddle as a subdirectory and checks that nothing of it shows there
# that does not start with heddle; installing that project installs nothing, and its test, which has a sanitizer,
# is built and run.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
compiler=$1
work=$2
options=(-G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DHEDDLE="$here/../..")
if command -v ccache >/dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

rm -rf "$work"
# Twice: the second run sees the first one's cache.
cmake "${options[@]}" -S "$here/embedded" -B "$work/build"
cmake "$work/build"
cmake --install "$work/build" --prefix "$work/prefix"
if [ -e "$work/prefix" ]; then
  echo 'embedded_test: FAILED: these files were installed:' >&2
  find "$work/prefix" >&2
  exit 1
fi
cmake --build "$work/build" --parallel 1 --target counter_test
ctest --test-dir "$work/build" -R '^Counter.Locked.thread$' --no-tests=error
echo 'embedded_test: passed'
