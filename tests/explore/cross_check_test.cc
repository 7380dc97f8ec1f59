// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search against depth first search without reduction: on random small programs over all primitives it
// reaches exactly the same ends. And the check is worth something: with a relation that takes one pair too many for
// independent, ends are missed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/dependence.h"
#include "heddle/core/sanitize.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/strategy/internal/tree_search.h"
#include "heddle/sync/context.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/weighted_semaphore.h"
#include "support/commute.h"
#include "support/small_programs.h"

namespace heddle::testing_support {
namespace {

using K = OperationKind;
using O = ObjectKind;

constexpr bool kSlow = HEDDLE_TSAN || HEDDLE_ASAN;
// Programs of each world that are compared; larger ones than this many executions are left out.
constexpr uint64_t kCompared = kSlow ? 6 : 55;
constexpr uint64_t kMostOfOne = kSlow ? 150 : 400;

Options CrossCheckOptions(ClockPolicy clock) {
  return {.strategy = StrategyKind::kExhaustive,
          .max_steps = 2000,
          .clock = clock,
          .tickers_must_stop = false};
}

std::string NameOf(const SmallWorld& world, uint64_t program) {
  return std::string(world.name) + ", program " + std::to_string(program);
}

struct CrossChecked {
  uint64_t programs = 0;
  std::set<std::string> verdicts;  // of ends that were compared
};

void CrossCheck(const SmallWorld& world, uint64_t programs, const Options& options,
                CrossChecked* checked) {
  uint64_t compared = 0;
  for (uint64_t program = 0; compared < programs; ++program) {
    ASSERT_LT(program, 100 * programs) << world.name << " has too few that are small";
    const EndsReached all = ReachAll(world, program, options, kMostOfOne);
    if (!all.complete) continue;
    const std::unique_ptr<Search> search = MakeExhaustive(options);
    const EndsReached searched = ReachBySearch(*search, world, program, options);
    EXPECT_TRUE(searched.complete) << NameOf(world, program);
    EXPECT_EQ(searched.ends, all.ends) << NameOf(world, program);
    EXPECT_LE(searched.executions, all.executions) << NameOf(world, program);
    for (const std::string& end : all.ends) checked->verdicts.insert(end.substr(0, end.find(';')));
    ++compared;
  }
  checked->programs += compared;
}

TEST(CrossCheckTest, ReachesTheEndsOfAllSchedules) {
  CrossChecked checked;
  for (const SmallWorld& world : SmallWorlds()) {
    CrossCheck(world, kCompared, CrossCheckOptions(ClockPolicy::kWhenIdle), &checked);
  }
  EXPECT_GE(checked.programs, kSlow ? 160u : 1500u);
  if (kSlow) return;
  EXPECT_EQ(checked.verdicts, (std::set<std::string>{"assertion", "deadlock", "exception", "leak",
                                                     "misuse", "passed", "race"}));
}

TEST(CrossCheckTest, ReachesThemWhereTimersFireEarly) {
  CrossChecked checked;
  for (const SmallWorld& world : SmallWorlds()) {
    CrossCheck(world, kCompared / 3, CrossCheckOptions(ClockPolicy::kAnytime), &checked);
  }
}

// Where one task may be explored at will, another as the beginning of a sequence, and a third sleeps.
void ReadersAndAWriter(CommuteRun& run) {
  SharedMutex mu;
  int value = 0;
  run.Tasks(3, 1, [&](CommuteTask& me) {
    if (me.me == 2) {
      const WriterLock lock(mu);
      ++value;
    } else {
      const ReaderLock lock(mu);
      me.Note(value);
    }
  });
}

void AnAcquireThatIsCancelled(CommuteRun& run) {
  WeightedSemaphore permits(2);
  const CancelableContext node = WithCancel(Background());
  run.Tasks(3, 1, [&](CommuteTask& me) {
    if (me.me == 0) me.Note(permits.TryAcquire(2));
    if (me.me == 1) node.cancel();
    if (me.me != 2) return;
    const bool took = permits.Acquire(node.context, 2);
    me.Note(took);
    if (took) permits.Release(2);
  });
}

TEST(CrossCheckTest, ReachesTheEndsOfLargerPrograms) {
  const Options options = CrossCheckOptions(ClockPolicy::kWhenIdle);
  for (const SmallWorld& world : {SmallWorld{"readers and a writer", ReadersAndAWriter},
                                  SmallWorld{"cancelled acquire", AnAcquireThatIsCancelled}}) {
    const EndsReached all = ReachAll(world, 0, options, 20'000);
    ASSERT_TRUE(all.complete) << world.name;
    EXPECT_GT(all.executions, 6000u) << world.name;
    EXPECT_GT(all.ends.size(), 1u) << world.name;
    const std::unique_ptr<Search> search = MakeExhaustive(options);
    EXPECT_EQ(ReachBySearch(*search, world, 0, options).ends, all.ends) << world.name;
  }
}

// Executions that were ended early apart, no equivalence class is met twice.
TEST(CrossCheckTest, ExploresNoClassTwice) {
  const Options options = CrossCheckOptions(ClockPolicy::kWhenIdle);
  uint64_t classes = 0;
  for (const SmallWorld& world : SmallWorlds()) {
    if (!HasKnownClasses(world)) continue;
    for (uint64_t program = 0; program < kCompared; ++program) {
      if (!ReachAll(world, program, options, 5 * kMostOfOne).complete) continue;
      const std::vector<uint64_t> all = ClassesReached(world, program, options);
      const std::set<uint64_t> different(all.begin(), all.end());
      EXPECT_EQ(different.size(), all.size()) << NameOf(world, program);
      classes += all.size();
    }
  }
  EXPECT_GE(classes, kSlow ? 20u : 300u);
}

// -- With a wrong relation
// ---------------------------------------------------------------------------------

bool Is(const AnnouncedOperation& operation, O object, K kind) {
  return operation.object == object && operation.operation.kind == kind;
}

bool IsIn(const AnnouncedOperation& operation, Group group) {
  return InGroup(group, operation.object, operation.operation.kind);
}

// heddle::Dependent, but for operations of two kinds at objects of a kind.
template <O object, K a, K b>
bool WithoutRow(const AnnouncedOperation& x, const AnnouncedOperation& y, ParkedSelect select) {
  if (Is(x, object, a) && Is(y, object, b)) return false;
  if (Is(x, object, b) && Is(y, object, a)) return false;
  return Dependent(x, y, select);
}

// The same, but for operations of two groups at different objects.
template <Group a, Group b>
bool WithoutReach(const AnnouncedOperation& x, const AnnouncedOperation& y, ParkedSelect select) {
  const ObjectId id = x.operation.object;
  const bool here = id.value != 0 && id == y.operation.object;
  const bool meant = (IsIn(x, a) && IsIn(y, b)) || (IsIn(x, b) && IsIn(y, a));
  return !(meant && !here && x.operation.task != y.operation.task) && Dependent(x, y, select);
}

// A relation that takes one pair too many for independent.
struct RemovedRow {
  std::string_view world;  // where that has to be found
  std::string pair;
  SearchRelation relation = nullptr;
};

template <O object, K a, K b>
RemovedRow Removed(std::string_view world) {
  return {world, ToString(OperationAt{object, a}) + " & " + std::string(ToString(b)),
          &WithoutRow<object, a, b>};
}

template <Group a, Group b>
RemovedRow RemovedElsewhere(std::string_view world) {
  return {world, std::string(ToString(a)) + " & elsewhere " + std::string(ToString(b)),
          &WithoutReach<a, b>};
}

// At least one of each kind of object. (Not those for moves beside a parked select: without them no end is lost in
// thousands of programs, as the select itself is in a race with either move.)
std::vector<RemovedRow> RemovedRows() {
  using G = Group;
  return {
      Removed<O::kMutex, K::kLock, K::kLock>("unowned mutex"),
      Removed<O::kSemaphore, K::kAcquire, K::kRelease>("semaphore"),
      Removed<O::kAtomic, K::kLoad, K::kFetch>("atomics"),
      Removed<O::kLatch, K::kTryWait, K::kArrive>("latch"),
      Removed<O::kChannel, K::kSend, K::kSend>("channels"),
      Removed<O::kEvent, K::kLoad, K::kSet>("event"),
      Removed<O::kCondition, K::kWait, K::kNotifyOne>("condition variable"),
      Removed<O::kMutex, K::kTryLock, K::kUnlock>("mutexes"),
      Removed<O::kRecursiveMutex, K::kLock, K::kTryLock>("recursive mutexes"),
      Removed<O::kSharedMutex, K::kLock, K::kLockShared>("shared mutex"),
      Removed<O::kSharedMutex, K::kTryLock, K::kUnlockShared>("shared mutex"),
      Removed<O::kSharedMutex, K::kTryLockShared, K::kUnlock>("shared mutex"),
      Removed<O::kSharedMutex, K::kLockShared, K::kUnlockShared>("unowned shared mutex"),
      Removed<O::kCondition, K::kWait, K::kNotifyAll>("condition variable"),
      Removed<O::kOnce, K::kCallOnce, K::kCallOnce>("once"),
      Removed<O::kWeightedSemaphore, K::kAcquire, K::kAcquire>("weighted semaphore"),
      Removed<O::kWeightedSemaphore, K::kTryAcquire, K::kRelease>("weighted semaphore"),
      Removed<O::kWaitGroup, K::kAdd, K::kAdd>("wait group"),
      Removed<O::kBarrier, K::kArrive, K::kArrive>("barrier"),
      Removed<O::kBarrier, K::kArrive, K::kArriveAndDrop>("barrier"),
      Removed<O::kEvent, K::kWait, K::kReset>("event"),
      Removed<O::kEvent, K::kTryWait, K::kSet>("std futures"),
      Removed<O::kChannel, K::kReceive, K::kReceive>("channels"),
      Removed<O::kChannel, K::kTryReceive, K::kClose>("channels"),
      Removed<O::kChannel, K::kSend, K::kLength>("channels"),
      Removed<O::kAtomic, K::kWait, K::kStore>("flag"),
      Removed<O::kAtomic, K::kLoad, K::kExchange>("flag"),
      Removed<O::kAtomic, K::kExchange, K::kCompareExchange>("atomics"),
      Removed<O::kContext, K::kErr, K::kCancel>("contexts"),
      Removed<O::kContext, K::kTryReceive, K::kCancel>("contexts"),
      Removed<O::kTimer, K::kStop, K::kReset>("timers"),
      Removed<O::kTimer, K::kReceive, K::kReceive>("timers"),
      Removed<O::kTicker, K::kReceive, K::kReceive>("tickers"),
      Removed<O::kTicker, K::kReset, K::kReset>("tickers"),
      RemovedElsewhere<G::kWaits, G::kLocks>("condition variable"),
      RemovedElsewhere<G::kCancels, G::kCancels>("contexts"),
      RemovedElsewhere<G::kCancels, G::kLooks>("contexts"),
      RemovedElsewhere<G::kSelects, G::kSelects>("selects"),
      RemovedElsewhere<G::kSelects, G::kMoves>("selects"),
      RemovedElsewhere<G::kSelects, G::kCounts>("selects"),
      RemovedElsewhere<G::kSelects, G::kCancels>("contexts"),
  };
}

// The first programs of a world, and all their ends.
class KnownEnds {
 public:
  static constexpr uint64_t kPrograms = 300;

  explicit KnownEnds(const SmallWorld& world) : world_(world) {}

  const SmallWorld& world() const { return world_; }
  // Of the first program of which a search by the relation misses an end which one, and the end; empty: of none.
  std::string FindMissed(SearchRelation relation) {
    for (uint64_t program = 0; program < kPrograms; ++program) {
      const EndsReached& all = Of(program);
      if (!all.complete) continue;
      TreeSearch search({.relation = relation});
      const EndsReached searched = ReachBySearch(search, world_, program, options_);
      for (const std::string& end : all.ends) {
        if (!searched.ends.contains(end)) return NameOf(world_, program) + ", end '" + end + "'";
      }
    }
    return "";
  }

 private:
  const EndsReached& Of(uint64_t program) {
    if (program == known_.size()) {
      known_.push_back(ReachAll(world_, program, options_, kMostOfOne));
    }
    return known_[program];
  }

  const SmallWorld& world_;
  const Options options_ = CrossCheckOptions(ClockPolicy::kWhenIdle);
  std::vector<EndsReached> known_;
};

TEST(CrossCheckTest, FindsARowThatIsMissing) {
  std::vector<KnownEnds> worlds(SmallWorlds().begin(), SmallWorlds().end());
  size_t number = 0;
  for (const RemovedRow& row : RemovedRows()) {
    if (number++ > 6 && kSlow) break;
    const auto world = std::ranges::find(worlds, row.world,
                                         [](const KnownEnds& known) { return known.world().name; });
    ASSERT_NE(world, worlds.end()) << row.world;
    const std::string missed = world->FindMissed(row.relation);
    EXPECT_NE(missed, "") << "nothing in " << row.world << " misses " << row.pair;
    std::cout << "without " << row.pair << ": " << missed << "\n";
    RecordProperty("without_" + std::to_string(number), row.pair + ": " + missed);
  }
}

TEST(CrossCheckTest, FindsNothingWithTheRightOne) {
  for (const SmallWorld& world : SmallWorlds()) {
    if (std::string_view(world.name) == "unowned mutex") {
      EXPECT_EQ(KnownEnds(world).FindMissed(&Dependent), "");
    }
  }
}

}  // namespace
}  // namespace heddle::testing_support
