// SPDX-License-Identifier: Apache-2.0
//
// The exhaustive search behind strategy/exhaustive.h: walks the tree of schedules depth first.
#ifndef HEDDLE_STRATEGY_INTERNAL_TREE_SEARCH_H_
#define HEDDLE_STRATEGY_INTERNAL_TREE_SEARCH_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/strategy/internal/races.h"
#include "heddle/strategy/internal/rereads.h"
#include "heddle/strategy/internal/search_path.h"
#include "heddle/strategy/search.h"

namespace heddle {

struct TreeSearchOptions {
  SearchRelation relation = nullptr;  // null: no reduction
  bool early = false;                 // the clock may go on though tasks can
  uint64_t seed = 0;                  // of the order in which alternatives are tried
};

class TreeSearch final : public Search {
 public:
  explicit TreeSearch(const TreeSearchOptions& options)
      : relation_(options.relation),
        races_(options.relation, options.early),
        order_(options.seed) {}

  std::string_view name() const override { return "exhaustive"; }
  void Begin(uint64_t seed) override;
  uint32_t ChooseTask(const Alternatives& alternatives) override;
  uint32_t ChooseIndex(uint32_t count, Operation operation) override;
  Go Step(const Alternatives& alternatives, std::span<const StandingTask> tasks,
          uint32_t slot) override;
  void Destroyed(ObjectId object) override;
  void Used(ObjectId object) override;
  void ChangedNothing() override { rereads_.ChangedNothing(); }
  Go End(const Alternatives& alternatives, std::span<const StandingTask> tasks) override;
  bool Next() override;
  Coverage coverage() const override;
  void Archive(internal::Archive& archive) override;

 private:
  // Where a task stood when it was last looked at.
  struct Seen {
    SearchStep step;
    uint64_t word = 0;  // 0: it stood nowhere
    bool runnable = false;
  };

  bool reduces() const { return relation_ != nullptr; }
  void OpenNode(const Alternatives& alternatives);
  void NoteAnnouncement(const Alternatives& alternatives);
  void HoldRereads(const Alternatives& alternatives, SearchNode* node);
  void InheritWakeups(SearchNode* node);
  void DropUnusable(SearchNode* node);
  void ExploreAll(SearchNode* node);
  bool FollowWakeup(SearchNode* node);
  void InheritSleepers(SearchNode* node);
  void Take(SearchNode* node, const StandingTask& task);
  bool TooMany(std::span<const StandingTask> tasks);
  void Observe(std::span<const StandingTask> tasks);
  void NoteChange(const StandingTask& task, uint32_t by);
  void See(const Alternatives& alternatives, std::span<const StandingTask> tasks);
  uint32_t AnyOf(uint64_t tasks);
  bool NextChoice(uint32_t node);
  bool NextTask(SearchNode* node);
  void PutToSleep(SearchNode* node);
  double EstimateLeft() const;

  const SearchRelation relation_;
  Races races_;
  Random order_;
  SearchPath path_;
  Rereads rereads_;            // of this execution
  uint32_t repeated_ = 0;      // nodes that this execution has in common with the last one
  uint32_t following_ = 0;     // chain of wakeups that follow the last step
  uint32_t depth_ = 0;         // steps taken in this execution
  uint32_t choices_made_ = 0;  // in this execution
  bool redundant_ = false;     // this execution
  bool exhausted_ = false;
  bool has_timers_ = false;
  bool has_rereads_ = false;
  bool too_many_tasks_ = false;
  std::array<uint32_t, kMostSearched> last_step_ = {};  // 1 + index, by slot
  std::array<Seen, kMostSearched> seen_ = {};
  SearchEnd end_;
  uint64_t executions_ = 0;
  uint64_t redundant_executions_ = 0;
  uint64_t most_bytes_ = 0;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_TREE_SEARCH_H_
