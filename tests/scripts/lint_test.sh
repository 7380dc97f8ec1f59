#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Test of scripts/lint: a small tree that is right, then one mistake at a time.
set -u

lint=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/lint
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/tree
failures=0

# Formatting every tree would take most of the time: a clang-format of another version is not asked.
real_path=$PATH
mkdir "$tmp/bin"
printf '#!/bin/sh\necho "clang-format version 0"\n' >"$tmp/bin/clang-format"
chmod +x "$tmp/bin/clang-format"
PATH=$tmp/bin:$PATH

# put <path> <text>: a source of the tree, below its SPDX line
put() {
  mkdir -p "$(dirname "$tree/$1")"
  printf '// SPDX-License-Identifier: Apache-2.0\n%s\n' "$2" >"$tree/$1"
}

new_tree() {
  rm -rf "$tree"
  mkdir "$tree"
  printf 'BasedOnStyle: Google\nColumnLimit: 100\n' >"$tree/.clang-format"
  put harness/heddle/heddle.h '// Everything.
#ifndef HEDDLE_HEDDLE_H_
#define HEDDLE_HEDDLE_H_

#include "heddle/sync/mutex.h"

#endif  // HEDDLE_HEDDLE_H_'
  put harness/heddle/core/ids.h '#include <vector>'
  put harness/heddle/core/ids.cc '#include "heddle/core/ids.h"

#include "absl/strings/str_cat.h"'
  put harness/heddle/strategy/random.h '#include "heddle/core/ids.h"'
  put harness/heddle/detect/race.h '#include "heddle/core/ids.h"'
  put harness/heddle/runtime/internal/fiber.h '#include <boost/context/detail/fcontext.hpp>'
  put harness/heddle/runtime/task.cc '#include "heddle/detect/race.h"
#include "heddle/runtime/internal/fiber.h"
#include "heddle/strategy/random.h"'
  put harness/heddle/runtime/task.h '#include "heddle/core/ids.h"'
  put harness/heddle/sync/mutex.h '#include "heddle/runtime/task.h"'
  put harness/heddle/report/text.h '#include "heddle/core/ids.h"'
  put harness/heddle/explore/explorer.h '#include "heddle/runtime/task.h"'
  put harness/heddle/gtest/macros.h '#include <gtest/gtest.h>

#include "heddle/explore/explorer.h"
#include "heddle/report/text.h"
#include "heddle/sync/mutex.h"'
  put scenarios/demo_test.cc '#include "heddle/gtest/macros.h"'
}

# expect_clean <case>
expect_clean() {
  local output
  if ! output=$("$lint" "$tree" 2>&1); then
    echo "FAILED: $1: expected no finding, got: $output" >&2
    failures=$((failures + 1))
  fi
}

# expect <start of a finding> <words in it>: exactly that one finding
expect() {
  local output status=0
  output=$("$lint" "$tree" 2>"$tmp/err") || status=$?
  if [ "$status" -ne 1 ] || [ "$(grep -c . <<<"$output")" -ne 1 ] ||
    [[ $output != "$1: "*"$2"* ]]; then
    echo "FAILED: status $status, expected 1 with only '$1: ...$2...', got: $output $(cat "$tmp/err")" >&2
    failures=$((failures + 1))
  fi
  new_tree
}

# code <line>: a .cc file of which line 2 is that line
code() { put harness/heddle/core/code.cc "$1"; }

new_tree
expect_clean 'a tree that is right'

# Licence
echo 'int x;' >"$tree/harness/heddle/core/code.cc"
expect harness/heddle/core/code.cc:1 'SPDX-License-Identifier'
mkdir -p "$tree/scripts"
printf '#!/bin/sh\ntrue\n' >"$tree/scripts/tool"
expect scripts/tool:1 'SPDX-License-Identifier'

# Layers
put harness/heddle/core/bad.h '#include "heddle/strategy/random.h"'
expect harness/heddle/core/bad.h:2 'heddle/core may not include heddle/strategy'
put harness/heddle/detect/bad.h '#include "heddle/runtime/task.h"'
expect harness/heddle/detect/bad.h:2 'heddle/detect may not include heddle/runtime'
put harness/heddle/strategy/bad.cc '#include "heddle/detect/race.h"'
expect harness/heddle/strategy/bad.cc:2 'heddle/strategy may not include heddle/detect'
put harness/heddle/runtime/bad.cc '#include "heddle/sync/mutex.h"'
expect harness/heddle/runtime/bad.cc:2 'heddle/runtime may not include heddle/sync'
put harness/heddle/report/bad.cc '#include "heddle/runtime/task.h"'
expect harness/heddle/report/bad.cc:2 'heddle/report may not include heddle/runtime'
put harness/heddle/explore/bad.cc '#include "heddle/sync/mutex.h"'
expect harness/heddle/explore/bad.cc:2 'heddle/explore may not include heddle/sync'
put harness/heddle/sync/bad.cc '#include "heddle/heddle.h"'
expect harness/heddle/sync/bad.cc:2 'the umbrella'
put harness/heddle/heddle.h '#include "heddle/gtest/macros.h"'
expect harness/heddle/heddle.h:2 'heddle/heddle.h may not include heddle/gtest'
put harness/heddle/heddle.h 'int x;'
expect harness/heddle/heddle.h:2 'includes only'
put harness/heddle/extra/bad.h ''
expect harness/heddle/extra/bad.h:1 'not a layer'
put harness/heddle/core/bad.cc '#include "ids.h"'
expect harness/heddle/core/bad.cc:2 'heddle/<layer>/ids.h'

# Dependencies
put harness/heddle/explore/bad.cc '#include <gtest/gtest.h>'
expect harness/heddle/explore/bad.cc:2 'GoogleTest'
put harness/heddle/explore/bad.cc '#include <boost/context/fiber.hpp>'
expect harness/heddle/explore/bad.cc:2 'Boost'
put harness/heddle/core/bad.h '#include "absl/strings/str_cat.h"'
expect harness/heddle/core/bad.h:2 'a public header may not include absl/strings/str_cat.h'
put harness/heddle/runtime/bad.h '#include "heddle/runtime/internal/fiber.h"'
expect harness/heddle/runtime/bad.h:1 'runtime/bad.h -> harness/heddle/runtime/internal/fiber.h'

# Determinism
code 'std::random_device device;'
expect harness/heddle/core/code.cc:2 'random generator'
code 'std::mt19937_64 engine;'
expect harness/heddle/core/code.cc:2 'random generator'
code 'int x = rand();'
expect harness/heddle/core/code.cc:2 'random generator'
code 'std::uniform_int_distribution<int> d;'
expect harness/heddle/core/code.cc:2 'distribution'
code 'absl::BitGen gen;'
expect harness/heddle/core/code.cc:2 'distribution'
code 'void F() { std::shuffle(a, b, c); }'
expect harness/heddle/core/code.cc:2 'std::shuffle'
code 'auto t = std::chrono::steady_clock::now();'
expect harness/heddle/core/code.cc:2 'wall clock'
code 'auto t = time(nullptr);'
expect harness/heddle/core/code.cc:2 'wall clock'
code 'auto t = std::this_thread::get_id();'
expect harness/heddle/core/code.cc:2 'thread id'
code 'std::unordered_map<int, int> by_id;
void F() {
  for (auto& [id, value] : by_id) Use(id);
}'
expect harness/heddle/core/code.cc:4 'hash table by_id'
put harness/heddle/core/code.h 'struct S {
  absl::flat_hash_map<int, std::string> names_;
};'
code 'auto first = names_.begin();'
expect harness/heddle/core/code.cc:2 'hash table names_'
put scenarios/demo_test.cc 'auto t = std::chrono::system_clock::now();'
expect scenarios/demo_test.cc:2 'wall clock'
code 'auto t = std::chrono::steady_clock::now();  // determinism:'
expect harness/heddle/core/code.cc:2 'wall clock'
code '// determinism: only the first line is excused
auto t = std::chrono::steady_clock::now();
auto u = std::chrono::steady_clock::now();'
expect harness/heddle/core/code.cc:4 'wall clock'

code 'auto t = std::chrono::steady_clock::now();  // determinism: the deadline, not a decision
// determinism: printed on the provenance line only,
// which golden texts mask
auto u = std::chrono::steady_clock::now();
// std::random_device in a comment, operand(), x.time(nullptr), stream.random(), heddle::Time(0)
auto v = stream.random() + operand(1) + x.time(nullptr) + Time(0) + timer_.rand();
/* std::mt19937
   std::random_device */
std::unordered_map<int, int> table;
auto w = table.find(1);
std::vector<int> list;
auto x = list.begin();'
expect_clean 'lines that say why, and lines that only look alike'
new_tree

# Format, where the clang-format that counts is there
PATH=$real_path
if command -v clang-format >/dev/null && clang-format --version | grep -q 'version 14'; then
  code 'int  x ;'
  expect harness/heddle/core/code.cc:1 'not formatted'
  code 'int  x ;'
  "$lint" --fix "$tree" || failures=$((failures + 1))
  expect_clean 'after --fix'
fi

if [ "$failures" -ne 0 ]; then
  exit 1
fi
echo 'lint_test: passed'
