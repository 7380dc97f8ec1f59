// SPDX-License-Identifier: Apache-2.0
//
// Objects that are destroyed while other tasks use them: exhaustive search meets the end of an object in every order
// with its uses, whichever order it begins with.
#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/explore/explore.h"
#include "heddle/heddle.h"
#include "support/environment.h"
#include "support/scenario.h"

namespace heddle {
namespace {

using namespace testing_support;

using ::testing::StartsWith;
using std::chrono_literals::operator""ms;

// When the body destroys the object: at any time; not before the task stands at its use; or when it was joined.
enum class Lifetime { kTooShort, kUntilItsUse, kLongEnough };

struct LifetimeCase {
  const char* name;
  std::function<void(Lifetime)> body;
};

void PrintTo(const LifetimeCase& lifetime_case, std::ostream* out) { *out << lifetime_case.name; }

// Called right before the use.
using Stand = std::function<void()>;

template <class Object, class Use, class... Args>
LifetimeCase Case(const char* name, std::function<void(Object&)> prepare, Use use, Args... args) {
  return {name, [prepare, use, args...](Lifetime lifetime) {
            Undead<Object> object(args...);
            Object& used = *object;
            if (prepare != nullptr) prepare(used);
            Semaphore stands(0);
            Semaphore elsewhere(0);
            const Stand stand = [&] {
              if (lifetime == Lifetime::kUntilItsUse) stands.release();
            };
            Task user = Go([&] {
              if constexpr (std::invocable<Use, Object&, const Stand&>) {
                use(used, stand);
              } else {
                stand();
                use(used);
              }
            });
            if (lifetime == Lifetime::kUntilItsUse) stands.acquire();
            if (lifetime == Lifetime::kLongEnough) user.Join();
            elsewhere.release();
            object.Destroy();
            if (lifetime != Lifetime::kLongEnough) user.Join();
          }};
}

void WaitAt(ConditionVariable& cv, std::chrono::milliseconds duration, const Stand& stand) {
  Mutex mu;
  std::unique_lock<Mutex> lock(mu);
  stand();
  (void)cv.wait_for(lock, duration);
}

std::vector<LifetimeCase> LifetimeCases() {
  return {
      Case<Mutex>("lock", nullptr,
                  [](Mutex& mu) {
                    mu.lock();
                    mu.unlock();
                  }),
      Case<Mutex>("try_lock", nullptr,
                  [](Mutex& mu) {
                    if (mu.try_lock()) mu.unlock();
                  }),
      Case<SharedMutex>("lock_shared", nullptr,
                        [](SharedMutex& mu) {
                          mu.lock_shared();
                          mu.unlock_shared();
                        }),
      Case<Atomic<int>>("store", nullptr, [](Atomic<int>& value) { value.store(1); }),
      Case<Atomic<int>>("load", nullptr, [](Atomic<int>& value) { (void)value.load(); }),
      Case<Event>(
          "wait", [](Event& event) { event.Set(); }, [](Event& event) { event.Wait(); }),
      Case<Event>("set", nullptr, [](Event& event) { event.Set(); }),
      Case<WaitGroup>("wait for none", nullptr, [](WaitGroup& group) { group.Wait(); }),
      Case<ConditionVariable>("notify", nullptr, [](ConditionVariable& cv) { cv.notify_all(); }),
      Case<OnceFlag>("call_once", nullptr, [](OnceFlag& once) { call_once(once, [] {}); }),
      // An access is no step.
      Case<Shared<int>>("set a variable", nullptr,
                        [](Shared<int>& value, const Stand& stand) {
                          stand();
                          Yield();
                          value.Set(1);
                        }),
      Case<Shared<int>>("get a variable", nullptr,
                        [](Shared<int>& value, const Stand& stand) {
                          stand();
                          Yield();
                          (void)value.Get();
                        }),
      // Waits that need not wait.
      Case<Atomic<int>>("wait at a changed atomic", nullptr, [](Atomic<int>& a) { a.wait(1); }),
      Case<Mutex>("try_lock_for", nullptr,
                  [](Mutex& mu) {
                    if (mu.try_lock_for(1ms)) mu.unlock();
                  }),
      Case<Semaphore>(
          "try_acquire_for", nullptr, [](Semaphore& s) { (void)s.try_acquire_for(1ms); }, 1),
      Case<ConditionVariable>(
          "wait_until a past time", nullptr,
          [](ConditionVariable& cv, const Stand& stand) { WaitAt(cv, 0ms, stand); }),
      // Waits that end by themselves.
      Case<Event>("time out at an event", nullptr, [](Event& event) { (void)event.WaitFor(1ms); }),
      Case<Latch>(
          "time out at a latch", nullptr, [](Latch& latch) { (void)latch.wait_for(1ms); }, 1),
      Case<Mutex>(
          "time out at a mutex", [](Mutex& mu) { mu.lock(); },
          [](Mutex& mu) { (void)mu.try_lock_for(1ms); }, kUnowned),
      Case<ConditionVariable>(
          "time out at a condition variable", nullptr,
          [](ConditionVariable& cv, const Stand& stand) { WaitAt(cv, 1ms, stand); }),
      Case<WeightedSemaphore>(
          "time out at a weighted semaphore", nullptr,
          [](WeightedSemaphore& s) { (void)s.AcquireFor(1ms, 2); }, 1),
      Case<WeightedSemaphore>(
          "cancelled at a weighted semaphore", nullptr,
          [](WeightedSemaphore& s, const Stand& stand) {
            auto [context, cancel] = WithTimeout(Background(), 1ms);
            stand();
            (void)s.Acquire(context, 2);
            cancel();
          },
          1),
  };
}

Report SearchThrough(std::function<void()> body, uint64_t seed) {
  return Explore(std::move(body), {.name = "lifetime",
                                   .strategy = StrategyKind::kExhaustive,
                                   .seed = seed,
                                   .vacuous_ok = true});
}

class LifetimeTest : public ::testing::TestWithParam<LifetimeCase> {
  testing_support::CleanEnvironment clean_;
};

TEST_P(LifetimeTest, AnObjectThatDoesNotOutliveItsUsersFailsWhateverTheSearchBeginsWith) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = SearchThrough([] { GetParam().body(Lifetime::kTooShort); }, seed);
    EXPECT_NE(report.verdict, Verdict::kPassed) << "seed " << seed << ": " << report.coverage;
  }
}

TEST_P(LifetimeTest, OneThatDiesWhereItIsUsedFailsWhateverTheSearchBeginsWith) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = SearchThrough([] { GetParam().body(Lifetime::kUntilItsUse); }, seed);
    EXPECT_NE(report.verdict, Verdict::kPassed) << "seed " << seed << ": " << report.coverage;
  }
}

TEST_P(LifetimeTest, OneThatDoesIsVerified) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = SearchThrough([] { GetParam().body(Lifetime::kLongEnough); }, seed);
    EXPECT_EQ(report.verdict, Verdict::kPassed) << report.headline;
    EXPECT_THAT(report.coverage, StartsWith("verified")) << "seed " << seed;
  }
}

// Its holder never uses it again, and has finished when it is destroyed only in some orders.
TEST(HeldLockLifetimeTest, ItsHolderThatFinishesFailsWhateverTheSearchBeginsWith) {
  const testing_support::CleanEnvironment clean;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = SearchThrough(
        [] {
          Undead<SharedMutex> mu;
          Semaphore elsewhere(0);
          Task holder = Go([&] {
            mu->lock_shared();
            elsewhere.release();
            Yield();
          });
          elsewhere.acquire();
          mu.Destroy();
          holder.Join();
        },
        seed);
    EXPECT_EQ(report.verdict, Verdict::kMisuse) << "seed " << seed << ": " << report.coverage;
  }
}

TEST(LifetimeTextTest, TheReportTellsWhoWasAboutToUseIt) {
  const testing_support::CleanEnvironment clean;
  std::string made;
  std::string used;
  const Report report = Explore(
      [&] {
        Undead<Mutex> mu("gone", NoteHere(made));
        Task user = Go([&] {
          mu->lock();
          mu->unlock(NoteHere(used));
        });
        for (int i = 0; i < 3; ++i) Yield();
        const bool free = mu->try_lock();
        if (free) mu->unlock();
        if (free) user.Join();
        mu.Destroy();
      },
      {.name = "gone", .strategy = StrategyKind::kExhaustive});
  EXPECT_EQ(report.verdict, Verdict::kMisuse);
  EXPECT_EQ(report.headline,
            "mutex \"gone\" is destroyed while T1 is about to use it (unlock at " + used + ")");
  EXPECT_EQ(report.at, made);
  EXPECT_EQ(report.remedy,
            "let it live as long as the tasks that use it: in the fixture or a shared_ptr");
}

TEST(LifetimeTextTest, TheReportTellsWhoGaveUpWaiting) {
  const testing_support::CleanEnvironment clean;
  std::string waited;
  bool went_on = false;
  const Report report = Explore(
      [&] {
        Undead<Event> event("gone");
        Go({.daemon = true}, [&] {
          (void)event->WaitFor(5ms, NoteHere(waited));
          went_on = true;
        });
        Sleep(1ms);
        event.Destroy();
        Sleep(10ms);
      },
      {.name = "gone", .clock = ClockPolicy::kWhenIdle});
  EXPECT_EQ(report.verdict, Verdict::kMisuse);
  EXPECT_EQ(report.headline,
            "event \"gone\" was destroyed while T1 waited at it, which gives up waiting now");
  EXPECT_EQ(report.at, waited);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(report.remedy,
            "let it live as long as the tasks that use it: in the fixture or a shared_ptr");
}

TEST(LifetimeTextTest, ACancelledAcquireGivesUpWaiting) {
  const testing_support::CleanEnvironment clean;
  bool went_on = false;
  const Report report = Explore(
      [&] {
        Undead<WeightedSemaphore> memory(1, "gone");
        auto [context, cancel] = WithTimeout(Background(), 5ms);
        Task user = Go([&, context = context] {
          (void)memory->Acquire(context, 2);
          went_on = true;
        });
        Sleep(1ms);
        memory.Destroy();
        user.Join();
      },
      {.name = "gone", .clock = ClockPolicy::kWhenIdle});
  EXPECT_EQ(report.verdict, Verdict::kMisuse);
  EXPECT_THAT(report.headline, StartsWith("weighted semaphore \"gone\" was destroyed while T1"));
  EXPECT_FALSE(went_on);
}

INSTANTIATE_TEST_SUITE_P(Object, LifetimeTest, ::testing::ValuesIn(LifetimeCases()),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace heddle
