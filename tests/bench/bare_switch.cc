// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_switch.h"

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace heddle::bench {
namespace {

namespace fc = boost::context::detail;

constexpr int64_t kJumps = 200'000;

void JumpBack(fc::transfer_t from) {
  for (;;) from = fc::jump_fcontext(from.fctx, nullptr);
}

}  // namespace

void SetStickyFlags() {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x3f);
#endif
}

double Nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double BareSwitchNanoseconds() {
  static std::vector<char> stack(64 * 1024);
  SetStickyFlags();
  fc::fcontext_t other = fc::make_fcontext(stack.data() + stack.size(), stack.size(), JumpBack);
  const double start = Nanoseconds();
  SetStickyFlags();
  for (int64_t i = 0; i < kJumps; i += 2) other = fc::jump_fcontext(other, nullptr).fctx;
  return (Nanoseconds() - start) / static_cast<double>(kJumps);
}

double DivisionNanoseconds() {
  constexpr int64_t kDivisions = 200'000;
  volatile uint64_t seed = 0xffff'ffff'ffff'fff1u;
  uint64_t value = seed;
  const double start = Nanoseconds();
  for (int64_t i = 0; i < kDivisions; ++i) value = (seed ^ value) / (value | 1) + seed;
  const double elapsed = Nanoseconds() - start;
  seed = value;
  return elapsed / static_cast<double>(kDivisions);
}

void RequirePlausibleBareSwitch() {
  double bare = BareSwitchNanoseconds();
  double division = DivisionNanoseconds();
  for (int i = 0; i < 5; ++i) {
    bare = std::min(bare, BareSwitchNanoseconds());
    division = std::min(division, DivisionNanoseconds());
  }
  if (bare <= 10 && bare <= 3 * division) return;
  std::fprintf(
      stderr,
      "heddle_bench: a bare switch takes %.1f ns (a division %.1f ns); it should be at most 10 ns "
      "and three divisions. The machine is busy, or the two fibers' MXCSR differ: every multiple "
      "would be void.\n",
      bare, division);
  std::exit(1);
}

}  // namespace heddle::bench
