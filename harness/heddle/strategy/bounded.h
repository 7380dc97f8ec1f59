// SPDX-License-Identifier: Apache-2.0
//
// Bounded search: explores all schedules that differ from the default one in few places, then those with one
// difference more, and so on. Most bugs need one or two.
//
// *Preemption bounding* counts preemptions: switches away from a task that could have gone on. Who goes on where a
// task blocks, ends or yields is free, so that there are many schedules even without a preemption where there are
// many tasks. *Delay bounding* counts delays: each passes over the task whose turn it is, and nothing is free. It
// has fewer schedules per bound, whatever the number of tasks, and finds most bugs as early.
//
// Good for a bug about which nothing is known but that it is simple, in a scenario too large for an
// exhaustive search; and where a failure should have as few preemptions as possible: the first one found has the
// fewest. A sampler finds most bugs sooner.
//
// Guarantee: 'complete up to bound c' means that every schedule with at most c preemptions (delays) was explored, each
// once. That is no verification, unless all bounds are complete: then all schedules were explored.
//
// The default schedule: a task goes on until it blocks, ends or yields, then the next one by slot does, and the first
// one after the last. An early firing of the clock is a preemption; by default time moves only when nobody can run.
// Choices inside an operation and values drawn are free in both: every alternative is tried. Nothing is taken for
// equivalent: with bounds that would need more schedules, not fewer.
//
// No parameters: bounds go up until .schedules (1,000 by default) or the time is spent. In the second half of
// max_steps (and of drain_steps) a fair random walk decides; neither its decisions nor those that follow are varied:
// where that was, nothing is verified. Cost of a decision: O(runnable). Memory: 16 bytes for every schedule that was
// explored or is known to be left; where that comes to kMostBytes the search ends, and says so: it cannot go on later,
// either. The process takes up to twice as much by then.
//
// Sources: Musuvathi, Qadeer, 'Iterative Context Bounding for Systematic Testing of Multithreaded Programs', 2007;
// Emmi, Qadeer, Rakamaric, 'Delay-Bounded Scheduling', 2011.
#ifndef HEDDLE_STRATEGY_BOUNDED_H_
#define HEDDLE_STRATEGY_BOUNDED_H_

#include <cstdint>
#include <memory>

#include "heddle/strategy/search.h"

namespace heddle {

inline constexpr uint64_t kMostBytes = 512 << 20;

std::unique_ptr<Search> MakePreemptionBounded(uint64_t most_bytes = kMostBytes);
std::unique_ptr<Search> MakeDelayBounded(uint64_t most_bytes = kMostBytes);

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_BOUNDED_H_
