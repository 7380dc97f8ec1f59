// SPDX-License-Identifier: Apache-2.0
//
// At most two of many tasks at work at the same time. Wrong, first: the guard has no name, so it gives
// back at the end of its own statement, and a third comes in. Wrong, second: with a buffered channel as
// the bound, a task that fails does not take its token back, and those who wait for room wait for ever.
// Right: a semaphore, or a channel with room for two tokens, and a guard for the whole scope.
// (lost_permit_test.cc shows the second mistake with a semaphore.)
#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;
using testing::Contains;
using testing::HasSubstr;

constexpr int kBound = 2;

class BySemaphore {
 public:
  void Enter() { permits_.acquire(); }
  void Leave() { permits_.release(); }

 private:
  Semaphore permits_{kBound, "permits"};
};

class ByChannel {
 public:
  void Enter() { tokens_.Send({}); }
  void Leave() { (void)tokens_.Receive(); }

 private:
  struct Token {};
  Channel<Token> tokens_{kBound, "tokens"};
};

template <class Bound>
class Inside {
 public:
  explicit Inside(Bound& bound) : bound_(bound) { bound_.Enter(); }
  ~Inside() { bound_.Leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Bound& bound_;
};

// The work, which fails for two of the clients. It checks the bound.
bool Convert(int client, Atomic<int>& at_work) {
  EXPECT_LT(at_work.fetch_add(1), kBound) << "too many at work";
  Yield();
  at_work.fetch_sub(1);
  return client > 2;
}

template <class Bound>
void ConvertNamelessGuard(Bound& bound, int client, Atomic<int>& at_work) {
  Inside<Bound>{bound};
  (void)Convert(client, at_work);
}

template <class Bound>
void ConvertByHand(Bound& bound, int client, Atomic<int>& at_work) {
  bound.Enter();
  if (!Convert(client, at_work)) return;
  bound.Leave();
}

template <class Bound>
void ConvertGuarded(Bound& bound, int client, Atomic<int>& at_work) {
  Inside<Bound> inside(bound);
  (void)Convert(client, at_work);
}

template <class Bound>
void ConvertAll(void (*convert)(Bound&, int, Atomic<int>&)) {
  Bound bound;
  Atomic<int> at_work(0, "at_work");
  WaitGroup clients("clients");
  for (int client = 1; client <= 4; ++client) {
    clients.Go([&, client] { convert(bound, client, at_work); });
  }
  clients.Wait();
}

TEST(BoundedConcurrency, NamelessGuardLetsAThirdIn) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { ConvertAll<BySemaphore>(ConvertNamelessGuard); },
                            {.name = "nameless guard", .schedules = 50, .seed = seed});
    EXPECT_THAT(report, FindsAssertion("too many at work"));
  }
}

TEST(BoundedConcurrency, TokenNotTakenBackDeadlocks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { ConvertAll<ByChannel>(ConvertByHand); },
                            {.name = "token by hand", .schedules = 20, .seed = seed});
    EXPECT_THAT(report,
                FindsDeadlock("where a value stands for a permit, take it back on every path"));
    EXPECT_THAT(report.why, Contains(HasSubstr("it is full of values of T")));
  }
}

HEDDLE_TEST(BoundedConcurrency, SemaphoreSurvives, .schedules = 10'000) {
  ConvertAll<BySemaphore>(ConvertGuarded);
}

HEDDLE_TEST(BoundedConcurrency, BufferedChannelSurvives, .schedules = 10'000) {
  ConvertAll<ByChannel>(ConvertGuarded);
}

// For scripts/score.
const Subject kBoundedNameless = {{
    .name = "bounded_nameless_guard",
    .suite = Suite::kPatterns,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ConvertAll<BySemaphore>(version == Version::kBuggy ? ConvertNamelessGuard<BySemaphore>
                                                             : ConvertGuarded<BySemaphore>);
        },
    .explains = {"too many at work"},
}};

const Subject kBoundedToken = {{
    .name = "bounded_lost_token",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          ConvertAll<ByChannel>(version == Version::kBuggy ? ConvertByHand<ByChannel>
                                                           : ConvertGuarded<ByChannel>);
        },
    .explains = {"needs a receive on channel \"tokens\"", "it is full of values of T",
                 "which have finished"},
}};

}  // namespace
