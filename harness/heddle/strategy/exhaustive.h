// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search: explores every schedule, but of those that differ only in the order of independent steps
// only one. What it has gone through without a failure is verified.
//
// Good for small critical pieces: a lock, a queue, a protocol of two to four tasks with a few operations each,
// where 'found nothing in 1,000 schedules' is not enough. Useless for large ones: the number of executions
// grows exponentially with the steps that are dependent. A failure is found at the latest when all is explored,
// but not sooner than by a sampler.
//
// Guarantee: where the exploration ends by itself, every execution of the scenario ends like one that was
// explored: with the same verdict, values read, values received and clocks (core/dependence.h says what counts as the
// same; its premise that plain memory is free of races is this strategy's, too). The destruction of an object is tried
// before and after the uses by other tasks that are not ordered with it. The end of a Shared is no access of its own,
// though: one that follows an access in the same stretch between two steps is not told from one that is ordered with it
// (by a reference count, say). Of executions that end at once by a failure in
// one task, how far others have come by then is not told apart. Choices in an operation (whom a notify
// wakes, which ready case is taken) and values drawn are decisions as well, and each alternative is tried: a Choose
// among n multiplies the executions by n. Virtual time moves only when no task is runnable, unless
// ClockPolicy::kAnytime is asked for: then early firings are explored as well, which are many, since a
// firing is dependent with everything.
//
// How: depth first, by running the scenario anew up to the last decision that has another alternative. After each
// execution the races in it tell with which other sequences of steps executions must go on from its states
// (internal/races.h), and sleep sets end those in which only what was explored before could come. These are counted
// as redundant. No class of equivalent executions is explored to its end twice. Among mutexes, atomics and channels
// no execution is redundant as long as none fails, but for receives that wait at an empty buffer; elsewhere
// they are 5 in a hundred, in some programs half, most where tasks start tasks (scripts/score --suite=exhaustive). With
// faults the relation says nothing (RelationHolds): then every runnable task is tried at every decision.
//
// A loop that looks at the same unchanged things again and again, by loads or by tries that fail (`while
// (!mu.try_lock()) {}`, with or without a Yield), has schedules without end. A task that has looked at each of up to four
// kMostRereads (3, internal/rereads.h) times, and changed nothing itself meanwhile, waits for a change, and goes on
// without one only when no other task can. So what would go on without a change after more looks, such as a loop that
// gives up then, or work that checks five times in a row whether it is cancelled, is not explored doing so while
// others could go on, and what is said of the exploration says so.
//
// Limits: 63 tasks in an execution. An execution that reaches max_steps is cut like any other, and then nothing is
// verified: a loop that polls and changes something in each turn has no end to its schedules, nor has one by fetch_or.
//
// The estimate of what is left takes the subtrees not yet seen for as large as those seen beside them on the
// current path (after Knuth, 'Estimating the Efficiency of Backtrack Programs', 1975); so that these are no
// selection, the order of what is left to try at a state is random by the base seed where nothing else decides about
// it. It is too low as long as states are found to need more alternatives, which is most of the time of a reduced
// search.
//
// No parameters. Cost of an execution: its steps anew, and for each new one O(steps before it). Memory:
// proportional to the steps of the longest execution times its tasks; nothing is kept of executions.
//
// Sources: Flanagan, Godefroid, 'Dynamic Partial-Order Reduction for Model Checking Software', 2005; Godefroid,
// 'Partial-Order Methods for the Verification of Concurrent Systems', 1996 (sleep sets); Abdulla, Aronis, Jonsson,
// Sagonas, 'Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction', 2017 (wakeup trees).
#ifndef HEDDLE_STRATEGY_EXHAUSTIVE_H_
#define HEDDLE_STRATEGY_EXHAUSTIVE_H_

#include <memory>

#include "heddle/core/options.h"
#include "heddle/strategy/search.h"

namespace heddle {

// Of executions under these options.
std::unique_ptr<Search> MakeExhaustive(const Options& options);

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_EXHAUSTIVE_H_
