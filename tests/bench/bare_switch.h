// SPDX-License-Identifier: Apache-2.0
//
// The unit in which Heddle's speed is told: one one-way jump between two fibers, and nothing else.
//
// Lone times say more about the machine than about the step loop, so every benchmark measures this
// one in the same run and reports a multiple of it. Two traps are closed: both fibers have the same
// MXCSR (else each jump costs 16 times as much and every multiple looks 16 times better), and a
// reading that is implausible for the processor ends the run.
#ifndef HEDDLE_TESTS_BENCH_BARE_SWITCH_H_
#define HEDDLE_TESTS_BENCH_BARE_SWITCH_H_

#include <cstdint>

namespace heddle::bench {

// All floating-point flags set: no arithmetic, the benchmark's own included, can make the MXCSR of two
// fibers differ that were made from now on.
void SetStickyFlags();

// Nanoseconds of one jump, now.
double BareSwitchNanoseconds();

// Nanoseconds of one 64-bit division that depends on the one before.
double DivisionNanoseconds();

// Ends the process with a message unless the bare switch costs at most 10 ns and at most 3
// divisions.
void RequirePlausibleBareSwitch();

// Nanoseconds of processor time this thread has used: what other processes take of the machine is
// not counted, except for what they push out of the caches.
double Nanoseconds();

}  // namespace heddle::bench

#endif  // HEDDLE_TESTS_BENCH_BARE_SWITCH_H_
