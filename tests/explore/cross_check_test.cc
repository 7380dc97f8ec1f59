// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive search against depth first search without reduction: on random small programs over all primitives it
// reaches exactly the same ends. And the check is worth something: with a relation that takes one pair too many for
// independent, ends are missed.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
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

// Whether a search that takes operations for independent as `relation` does misses an end of some program.
bool MissesAnEnd(const char* name, SearchRelation relation) {
  const Options options = CrossCheckOptions(ClockPolicy::kWhenIdle);
  for (const SmallWorld& world : SmallWorlds()) {
    if (std::string(world.name) != name) continue;
    for (uint64_t program = 0; program < 300; ++program) {
      const EndsReached all = ReachAll(world, program, options, kMostOfOne);
      TreeSearch search({.relation = relation});
      if (!all.complete) continue;
      if (ReachBySearch(search, world, program, options).ends != all.ends) return true;
    }
  }
  return false;
}

bool Is(const AnnouncedOperation& operation, O object, K kind) {
  return operation.object == object && operation.operation.kind == kind;
}

// heddle::Dependent, but for operations of two kinds at objects of a kind.
template <O object, K a, K b>
bool WithoutRow(const AnnouncedOperation& x, const AnnouncedOperation& y, ParkedSelect select) {
  if (Is(x, object, a) && Is(y, object, b)) return false;
  if (Is(x, object, b) && Is(y, object, a)) return false;
  return Dependent(x, y, select);
}

TEST(CrossCheckTest, FindsARowThatIsMissing) {
  EXPECT_TRUE(MissesAnEnd("unowned mutex", &WithoutRow<O::kMutex, K::kLock, K::kLock>));
  EXPECT_TRUE(MissesAnEnd("semaphore", &WithoutRow<O::kSemaphore, K::kAcquire, K::kRelease>));
  EXPECT_TRUE(MissesAnEnd("atomics", &WithoutRow<O::kAtomic, K::kLoad, K::kFetch>));
  EXPECT_TRUE(MissesAnEnd("latch", &WithoutRow<O::kLatch, K::kTryWait, K::kArrive>));
  EXPECT_TRUE(MissesAnEnd("channels", &WithoutRow<O::kChannel, K::kSend, K::kSend>));
  EXPECT_TRUE(MissesAnEnd("event", &WithoutRow<O::kEvent, K::kLoad, K::kSet>));
  EXPECT_TRUE(
      MissesAnEnd("condition variable", &WithoutRow<O::kCondition, K::kWait, K::kNotifyOne>));
}

TEST(CrossCheckTest, FindsNothingWithTheRightOne) {
  EXPECT_FALSE(MissesAnEnd("unowned mutex", &Dependent));
}

}  // namespace
}  // namespace heddle::testing_support
