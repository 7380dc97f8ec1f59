// SPDX-License-Identifier: Apache-2.0
//
// One exploration, from the options to the report: what heddle::Explore (explore/explore.h) is made of.
//
// exploration.cc runs executions one after another and judges the whole; exploration_workers.cc deals them out to
// processes; exploration_repeat.cc runs one again: to check that it repeats itself, to explain a failure, to replay.
#ifndef HEDDLE_EXPLORE_INTERNAL_EXPLORATION_H_
#define HEDDLE_EXPLORE_INTERNAL_EXPLORATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "heddle/core/options.h"
#include "heddle/core/random.h"
#include "heddle/core/report.h"
#include "heddle/core/schedule.h"
#include "heddle/detect/internal/saturation.h"
#include "heddle/detect/vacuity.h"
#include "heddle/explore/checkpoint.h"
#include "heddle/explore/environment.h"
#include "heddle/explore/progress.h"
#include "heddle/explore/recheck.h"
#include "heddle/explore/stopwatch.h"
#include "heddle/explore/workers.h"
#include "heddle/runtime/execute.h"
#include "heddle/runtime/internal/deadline.h"
#include "heddle/strategy/make_strategy.h"
#include "heddle/strategy/search.h"
#include "heddle/strategy/strategy.h"

namespace heddle::internal {

class Exploration {
 public:
  Exploration(Scenario& scenario, const Options& options, const std::string& command);

  Report Run();

 private:
  // -- What is to be done
  bool IsExhaustive() const { return options_.strategy == StrategyKind::kExhaustive; }
  bool IsSystematic() const { return heddle::IsSystematic(options_.strategy); }
  // Whether what comes after the lessons is dealt out to several processes.
  bool IsShared() const;
  // Of a systematic strategy it is always told.
  bool TellsCoverage() const { return options_.coverage && !IsSystematic(); }
  uint32_t FirstIndex() const { return environment_.settings.only.value_or(0); }
  // 0: as many as there are.
  uint64_t Planned() const;
  uint64_t SeedOf(uint32_t i) const { return Mix(options_.seed, HashName(options_.name), i); }
  static bool IsLesson(uint32_t i, const Strategy& strategy);
  // Who asks for one execution expects the failure that it showed before, be it a race that
  // ThreadSanitizer may miss.
  bool MayHideARace() const;
  // If a task never reaches its next step.
  LastWords WhatToSay() const;

  // -- Executions, one after another
  // What executions that passed tell together.
  struct Gathered {
    Vacuity vacuity;
    Saturation seen;
  };
  // Nothing is explored.
  Report Refuse(std::string why, std::string remedy);
  void RunSchedules();
  // False: the report is made.
  bool RunAll(Strategy& strategy, Checkpoint& checkpoint, Gathered* gathered);
  void Gather(const Outcome& outcome, const Strategy& decider, Gathered* gathered);
  // For who decides in execution `first`, alone: runs the lessons that it would have had, ignoring verdicts, since
  // a failure would have ended the exploration. False if the deadline passed.
  bool GiveLessonsBefore(uint32_t first, Strategy& strategy);
  // Execution `i`; what is wrong with it is in the report then.
  Outcome RunOne(uint32_t i, Strategy& strategy);
  // The execution that just ended, traced.
  void Teach(const Outcome& outcome, Strategy& strategy);
  // Asked between executions: at least one runs, and those that ran are judged in full.
  bool TimeBudgetIsSpent();
  void ShowProgress(const Search* search, Progress* progress) const;
  void NameSeed(uint32_t i);
  void JudgeVacuity(const Vacuity& vacuity);

  // -- A search
  // How far it came.
  void Cover(const Search& search);
  // False: the scenario cannot be searched.
  bool Conclude(const Search& search, Checkpoint& checkpoint);
  void RefuseToResume(const std::string& why);
  // For the next run of the test.
  void KeepFor(Checkpoint& checkpoint);

  // -- By several processes
  std::vector<Share> ExploreShares(uint32_t begin, Strategy& strategy);
  // In a worker.
  Share::End RunForShare(uint32_t i, Strategy& strategy, Share* share);
  // What workers found. False: an execution failed, and the report says how.
  bool Judge(const std::vector<Share>& shares, Strategy& strategy, Vacuity* vacuity);
  // An execution that failed in a worker, here, for its report.
  void RunFailed(uint32_t i, const Share& share, Strategy& strategy);
  // A crash, or a task that hangs: the worker has said what it had to say, but not which execution crashed.
  [[noreturn]] void EndLikeWorker(uint32_t i, int status);

  // -- An execution again
  void Repeat(uint32_t i, const Outcome& first, uint64_t seed);
  void RunAgain(uint32_t i, const Outcome& first, uint64_t seed);
  // Runs the failing schedule again, recorded, and reports from that.
  void ExplainBySecondRun(const Outcome& first);
  // The token, or where it would be too long the seed and a schedule file.
  void NameReplay(const Outcome& outcome);
  void RunReplay(const Replay& recorded);

  Scenario& scenario_;
  Options options_;
  const Environment environment_;
  Stopwatch stopwatch_;
  std::optional<Deadline> deadline_;
  Recheck recheck_;
  Report report_;
  bool is_worker_ = false;        // this process is one
  bool found_by_worker_ = false;  // the execution that runs has failed in one
};

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_INTERNAL_EXPLORATION_H_
