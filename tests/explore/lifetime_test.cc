// SPDX-License-Identifier: Apache-2.0
//
// Objects that are destroyed while other tasks use them: exhaustive search meets the end of an object in every order
// with its uses, whichever order it begins with.
#include <algorithm>
#include <cstdint>
#include <functional>
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

enum class Lifetime { kTooShort, kLongEnough };

// A task uses an object, the body takes a step elsewhere and destroys it; or joins the task before.
struct LifetimeCase {
  const char* name;
  std::function<void(Lifetime)> body;
};

void PrintTo(const LifetimeCase& lifetime_case, std::ostream* out) { *out << lifetime_case.name; }

template <class Object>
LifetimeCase Case(const char* name, std::function<void(Object&)> prepare,
                  std::function<void(Object&)> use) {
  return {name, [prepare, use](Lifetime lifetime) {
            Undead<Object> object;
            Object& used = *object;
            if (prepare != nullptr) prepare(used);
            Semaphore elsewhere(1);
            Task user = Go([&] { use(used); });
            if (lifetime == Lifetime::kLongEnough) user.Join();
            elsewhere.release();
            object.Destroy();
            if (lifetime == Lifetime::kTooShort) user.Join();
          }};
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
  };
}

class LifetimeTest : public ::testing::TestWithParam<LifetimeCase> {
 protected:
  static Report Search(std::function<void()> body, uint64_t seed) {
    return Explore(std::move(body), {.name = "lifetime",
                                     .strategy = StrategyKind::kExhaustive,
                                     .seed = seed,
                                     .vacuous_ok = true});
  }

 private:
  testing_support::CleanEnvironment clean_;
};

TEST_P(LifetimeTest, AnObjectThatDoesNotOutliveItsUsersFailsWhateverTheSearchBeginsWith) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = Search([] { GetParam().body(Lifetime::kTooShort); }, seed);
    EXPECT_NE(report.verdict, Verdict::kPassed) << "seed " << seed << ": " << report.coverage;
  }
}

TEST_P(LifetimeTest, OneThatDoesIsVerified) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Report report = Search([] { GetParam().body(Lifetime::kLongEnough); }, seed);
    EXPECT_EQ(report.verdict, Verdict::kPassed) << report.headline;
    EXPECT_THAT(report.coverage, StartsWith("verified")) << "seed " << seed;
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

INSTANTIATE_TEST_SUITE_P(Object, LifetimeTest, ::testing::ValuesIn(LifetimeCases()),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace heddle
