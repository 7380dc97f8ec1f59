// SPDX-License-Identifier: Apache-2.0
//
// SURW, selectively uniform random walk: as URW, but only the steps at one object count, or at a few, others in
// each execution.
//
// Most bugs are about the order of few steps at few objects. Each execution picks some and takes a uniform
// sample of the orders of the steps at these; everything else goes in an order of random priorities. A third of
// the executions picks one object, the more likely the more steps are taken there: good where one of many tasks
// must come first, or last, at some object. With n tasks there, one execution in n of those that pick it shows
// it, whatever else they do. The others go through the objects in a random order and pick the first, and each
// with which those picked have at most half of the steps at such objects: good where what happens at several
// must come together (a lock-free structure of many words).
//
// Guarantee: where one object is picked, the numbers of steps are right and nobody blocks, every order of its steps
// is equally likely, and so is every order at all of several. None about the other steps.
//
// No parameters. An object may be picked if at least two tasks use it, one does more than look, and no mutex is
// held whenever it is used: there the order at the mutex decides. Steps that give back (unlock) do not count,
// since how things were taken decides about them, nor do those of a WaitGroup's counter. Until a lesson has shown
// such an object the random priorities alone decide. As in URW, numbers of steps are learned
// (internal/learned_counts.h), choices inside an operation are uniform, and among more than kMostCompared
// (internal/chance.h) tasks beyond the 64th the choice is random. All who are held back may go on where another
// task has polled more than kMostPolls times, and after every kFairInterval decisions. Objects that live outside
// the executions are never picked: their ids depend on who uses them first. Steps that were no decision are not
// seen.
//
// Cost of a decision: O(runnable) on average. Of an execution: O(objects that may be picked).
//
// Source: Zhao, Wolff, Mathur, Roychoudhury, 'Selectively Uniform Concurrency Testing', 2025. Picking several
// objects is Heddle's: of 20 seeds 18 find SafeStack (scenarios/classics) within 400,000 executions so, and two
// if one is picked each time.
#ifndef HEDDLE_STRATEGY_SURW_H_
#define HEDDLE_STRATEGY_SURW_H_

#include <memory>

#include "heddle/strategy/strategy.h"

namespace heddle {

std::unique_ptr<Strategy> MakeSurw();

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_SURW_H_
