#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Test of scripts/setup with fake apt-get, dpkg-query, id, sudo and sleep.
set -u

setup=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/setup
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() {
  echo "FAILED: $case_name: $*" >&2
  failures=$((failures + 1))
}

# fake <name> <body>: a command found before the real one; $FAKE is a directory to leave notes in.
fake() {
  printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1"
  chmod +x "$tmp/bin/$1"
}

# The real tools setup may use; everything else, sudo above all, exists only if a case fakes it.
new_case() {
  case_name=$1
  rm -rf "${tmp:?}/bin" "${tmp:?}/notes"
  mkdir "$tmp/bin" "$tmp/notes"
  local tool
  for tool in bash sh sed tr head grep cat env mktemp rm true; do
    ln -s "$(type -P "$tool")" "$tmp/bin/$tool"
  done
  fake apt-get 'echo "frontend=${DEBIAN_FRONTEND:-} $*" >>"$FAKE/apt"'
  fake id 'echo 0'
  fake sleep 'echo "$*" >>"$FAKE/sleep"'
}

# installed all|none|all_but <package>
installed() {
  case $1 in
    all) fake dpkg-query 'shift 3; for p; do echo "$p installed"; done' ;;
    none) fake dpkg-query 'exit 1' ;;
    all_but) fake dpkg-query "shift 3; for p; do [ \$p = $2 ] || echo \"\$p installed\"; done; exit 1" ;;
    removed) fake dpkg-query "shift 3; for p; do if [ \$p = $2 ]; then echo \"\$p config-files\"; else echo \"\$p installed\"; fi; done" ;;
  esac
}

system() { printf 'PRETTY_NAME="%s"\nID=%s\nVERSION_ID="%s"\n' "$3" "$1" "$2" >"$tmp/os-release"; }

run() {
  env -i PATH="$tmp/bin" FAKE="$tmp/notes" HEDDLE_SETUP_OS_RELEASE="$tmp/os-release" "$@" \
    "$tmp/bin/bash" "$setup" >"$tmp/out" 2>"$tmp/err"
  status=$?
}

apt_log() { cat "$tmp/notes/apt" 2>/dev/null; }
expect_status() { [ "$status" -eq "$1" ] || fail "status $status, expected $1: $(cat "$tmp/err")"; }
expect_silent() { [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ] || fail "not silent: $(cat "$tmp/out" "$tmp/err")"; }
expect_no_apt() { [ ! -e "$tmp/notes/apt" ] || fail "apt-get was called: $(apt_log)"; }
expect_err_line() { grep -qxF -- "$1" "$tmp/err" || fail "no line '$1' in: $(cat "$tmp/err")"; }
expect_err_has() { grep -qF -- "$1" "$tmp/err" || fail "'$1' not in: $(cat "$tmp/err")"; }
expect_apt() { [ "$(apt_log)" = "$1" ] || fail "apt-get calls: $(apt_log), expected: $1"; }

readonly update='frontend=noninteractive -q -o DPkg::Lock::Timeout=600 update'
readonly install='frontend=noninteractive -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends'

system debian 12 'Debian GNU/Linux 12 (bookworm)'

new_case 'all is there: silent and offline'
installed all
run
expect_status 0
expect_silent
expect_no_apt

new_case 'one package is missing'
installed all_but ninja-build
run
expect_status 0
expect_apt "$update
$install ninja-build"

new_case 'a removed package of which files are left is missing'
installed removed ccache
run
expect_status 0
expect_apt "$update
$install ccache"

new_case 'everything is missing, Debian 12'
installed none
run
expect_status 0
expect_apt "$update
$install g++ clang libclang-rt-14-dev llvm cmake ninja-build ccache git util-linux libgtest-dev libgmock-dev libbenchmark-dev libabsl-dev libboost-context-dev"

new_case 'the runtime that belongs to the clang of Ubuntu 24.04'
system ubuntu 24.04 'Ubuntu 24.04.1 LTS'
installed all_but libclang-rt-18-dev
run
expect_status 0
expect_apt "$update
$install libclang-rt-18-dev"
system debian 12 'Debian GNU/Linux 12 (bookworm)'

new_case 'not root, sudo without a password'
installed all_but cmake
fake id 'echo 1000'
fake sudo '[ "$1" = -n ] || exit 1; shift; exec "$@"'
run
expect_status 0
expect_apt "$update
$install cmake"

new_case 'not root, sudo wants a password'
installed all_but cmake
fake id 'echo 1000'
fake sudo 'exit 1'
run
expect_status 2
expect_no_apt
expect_err_line "    sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends cmake'"

new_case 'not root, no sudo'
installed all_but cmake
fake id 'echo 1000'
run
expect_status 2
expect_no_apt
expect_err_line "    su -c 'apt-get update && apt-get install -y --no-install-recommends cmake'"

new_case 'the package lists are locked for a while'
installed all_but cmake
fake apt-get 'echo "$*" >>"$FAKE/apt"
if [ $(grep -c update "$FAKE/apt") -le 2 ]; then echo "E: Could not get lock /var/lib/apt/lists/lock." >&2; exit 100; fi'
run
expect_status 0
[ "$(grep -c update "$tmp/notes/apt")" -eq 3 ] || fail "apt-get calls: $(apt_log)"
[ "$(grep -c install "$tmp/notes/apt")" -eq 1 ] || fail "apt-get calls: $(apt_log)"
[ "$(cat "$tmp/notes/sleep")" = '5
5' ] || fail "slept: $(cat "$tmp/notes/sleep")"

new_case 'the installation fails: status 1 and the words of apt-get'
installed all_but cmake
fake apt-get 'echo "E: Unable to locate package" >&2; exit 100'
run
expect_status 1
expect_err_has 'E: Unable to locate package'

new_case 'another system: the list of what is needed'
system fedora 41 'Fedora Linux 41'
installed none
run
expect_status 2
expect_no_apt
for word in 'Fedora Linux 41' g++ clang cmake ninja Abseil Boost.Context GoogleTest Benchmark HEDDLE_SKIP_SETUP=1; do
  expect_err_has "$word"
done

new_case 'no os-release at all'
rm "$tmp/os-release"
run
expect_status 2
expect_no_apt
expect_err_has 'scripts/setup knows Debian 12 and Ubuntu 24.04'

new_case 'HEDDLE_SKIP_SETUP=1'
run HEDDLE_SKIP_SETUP=1
expect_status 0
expect_silent
expect_no_apt

if [ "$failures" -ne 0 ]; then
  exit 1
fi
echo 'setup_test: passed'
