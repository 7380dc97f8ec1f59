// SPDX-License-Identifier: Apache-2.0
//
// Tests that pass, fail and skip in every way that heddle/gtest knows; run and read by gtest_test.
// Their lines are looked up by what stands on them, so they may move.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "heddle/core/check.h"
#include "heddle/explore/environment.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"
#include "heddle/runtime/internal/execution.h"

namespace {

using namespace heddle;

void Say(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

// A second task, so that there is something to decide.
void Accompany() {
  Task other = Go("other", [] { Yield(); });
  Yield();
  other.Join();
}

// -- Options --------------------------------------------------------------------------------------

HEDDLE_TEST(Options, None) { Accompany(); }
HEDDLE_TEST(Options, One, .schedules = 7) { Accompany(); }
HEDDLE_TEST(Options, Several, .schedules = 8, .strategy = kRandom, .seed = 0xabc,
            .clock = kWhenIdle) {
  Accompany();
}
HEDDLE_TEST(Options, Anytime, .schedules = 9, .clock = kAnytime, .early_timers = 1) { Accompany(); }

uint32_t TakenWhenTheTestRuns();
HEDDLE_TEST(Options, Computed, .schedules = TakenWhenTheTestRuns()) { Accompany(); }
const std::unique_ptr<uint32_t> later = std::make_unique<uint32_t>(10);
uint32_t TakenWhenTheTestRuns() { return *later; }

// -- Assertions -----------------------------------------------------------------------------------

HEDDLE_TEST(Assertions, TrueOnesPass) {
  Accompany();
  EXPECT_TRUE(true);
  ASSERT_EQ(1 + 1, 2) << "never shown";
  SUCCEED() << "never shown";
  EXPECT_NO_FATAL_FAILURE(Accompany());
  EXPECT_FALSE(HasFailure());
}

HEDDLE_TEST(Assertions, FailInHelper) {
  Task helper = Go("helper", [] {
    EXPECT_EQ(1, 2) << "in the helper";  // line: helper
    EXPECT_EQ(3, 4) << "second, not shown";
    Yield();
    Say("never: after the step");
  });
  helper.Join();
}

HEDDLE_TEST(Assertions, AssertEndsTheBody) {
  Accompany();
  ASSERT_TRUE(false) << "ends here";
  Say("never: after ASSERT");
}

void FailFatally() { FAIL() << "deep inside"; }

HEDDLE_TEST(Assertions, BodyAsksForFatalFailures) {
  FailFatally();
  if (HasFatalFailure()) return;
  Say("never: after the failure");
}

HEDDLE_TEST(Assertions, NoFatalFailure) {
  ASSERT_NO_FATAL_FAILURE(FailFatally());
  Say("never: after ASSERT_NO_FATAL_FAILURE");
}

// With gtest's own observers the second would restore the first, which is gone by then.
HEDDLE_TEST(Assertions, NoFatalFailureInterleaved, .schedules = 200) {
  auto observe = [] { EXPECT_NO_FATAL_FAILURE(Yield()); };
  Task first = Go("first", observe);
  Task second = Go("second", observe);
  first.Join();
  second.Join();
}

struct FailsWhenDestroyed {
  ~FailsWhenDestroyed() { EXPECT_TRUE(false) << "while unwinding"; }
};

HEDDLE_TEST(Assertions, FailWhileUnwinding) {
  FailsWhenDestroyed guard;
  Channel<int> nobody_sends(1, "quiet");
  (void)nobody_sends.Receive();
}

HEDDLE_TEST(Assertions, Throws) { throw std::runtime_error("out of paper"); }

TEST(Assertions, ExploredFromAPlainTest) {
  const Report report = Explore([] { EXPECT_TRUE(false) << "captured"; }, {.name = "plain"});
  EXPECT_EQ(report.verdict, Verdict::kAssertion);
}

// -- Skips ----------------------------------------------------------------------------------------

HEDDLE_TEST(Skips, InTheBody) {
  GTEST_SKIP() << "no network";  // line: skip
  Say("never: after GTEST_SKIP");
}

HEDDLE_TEST(Skips, InATask) {
  Task task = Go("careful", [] { GTEST_SKIP() << "no disk"; });
  task.Join();
}

// -- Traces ---------------------------------------------------------------------------------------

HEDDLE_TEST(Traces, Interleaved, .schedules = 1000) {
  SCOPED_TRACE("body");
  std::atomic<int> turns = 0;
  auto work = [&turns](const char* name, bool fails) {
    SCOPED_TRACE(std::string("task ") + name);
    for (int i = 0; i < 3; ++i) {
      SCOPED_TRACE("round " + std::to_string(i));
      Yield();
      ++turns;
      if (fails && i == 2 && turns > 4) ADD_FAILURE() << "late";
    }
  };
  Task other = Go("other", [&] { work("other", false); });
  Task failing = Go("failing", [&] { work("failing", true); });
  other.Join();
  failing.Join();
}

HEDDLE_TEST(Traces, SurvivingTasks) {
  auto work = [] {
    SCOPED_TRACE("kept apart");
    Yield();
    { SCOPED_TRACE("inner"); }
    Yield();
  };
  Task first = Go("first", work);
  Task second = Go("second", work);
  first.Join();
  second.Join();
}

TEST(Traces, OutsideExecutionsAreGtests) {
  SCOPED_TRACE("outer");
  EXPECT_TRUE(false) << "plain failure";
}

// -- Fixtures -------------------------------------------------------------------------------------

// Says what happens when. Overrides may be private, as for TEST_F.
class Life : public ::testing::Test {
 public:
  static void SetUpTestSuite() { Say("life: SetUpTestSuite"); }
  static void TearDownTestSuite() { Say("life: TearDownTestSuite"); }
  Life() { Say("life: constructor"); }
  ~Life() override { Say("life: destructor"); }

 private:
  void SetUp() override { Say("life: SetUp"); }
  void TearDown() override { Say("life: TearDown"); }
};

HEDDLE_TEST_F(Life, Order) {
  Say("life: body");
  Go("straggler", [] {
    for (int i = 0; i < 20; ++i) Yield();
    Say("life: drained");
  });
}

TEST_F(Life, Plain) { Say("life: plain body"); }

HEDDLE_TEST_F(Life, BodyAsserts) { ASSERT_TRUE(false) << "TearDown follows"; }

HEDDLE_TEST_F(Life, Deadlocks) {
  Channel<int> quiet(1, "quiet");
  (void)quiet.Receive();
}

class Broken : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(false) << "SetUp fails"; }
  void TearDown() override { Say("broken: TearDown"); }
};
HEDDLE_TEST_F(Broken, InSetUp) { Say("never: body after SetUp failed"); }

class Unavailable : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_SKIP() << "not today"; }
  void TearDown() override { Say("unavailable: TearDown"); }
};
HEDDLE_TEST_F(Unavailable, InSetUp) { Say("never: body after SetUp skipped"); }

class StillBorn : public ::testing::Test {
 protected:
  StillBorn() { Fail(); }
  void SetUp() override { Say("never: SetUp after the constructor failed"); }
  void TearDown() override { Say("never: TearDown after the constructor failed"); }

 private:
  static void Fail() { FAIL() << "constructor fails"; }
};
HEDDLE_TEST_F(StillBorn, InConstructor) { Say("never: body after the constructor failed"); }

// State in the fixture outlives the drain.
class Lasting : public ::testing::Test {
 protected:
  Mutex mu_{"mu"};
  int count_ = 0;
};
HEDDLE_TEST_F(Lasting, OutlivesTheBody) {
  for (int i = 0; i < 2; ++i) {
    Go([this] {
      MutexLock lock(mu_);
      ++count_;
    });
  }
}

// -- Parameters -----------------------------------------------------------------------------------

class Sized : public ::testing::TestWithParam<int> {
 protected:
  Sized() : in_constructor_(GetParam()) {}
  const int in_constructor_;
};
HEDDLE_TEST_P(Sized, GetsItsParameter, .schedules = 11) {
  EXPECT_EQ(in_constructor_, GetParam());
  Channel<int> channel(static_cast<size_t>(GetParam()), "sized");
  Task sender = Go("sender", [&] { channel.Send(GetParam()); });
  Yield();
  EXPECT_EQ(channel.Receive(), GetParam());
  sender.Join();
}
HEDDLE_TEST_P(Sized, FailsForThree) {
  Accompany();
  EXPECT_NE(GetParam(), 3);
}
INSTANTIATE_TEST_SUITE_P(Few, Sized, ::testing::Values(0, 3));
INSTANTIATE_TEST_SUITE_P(Named, Sized, ::testing::Values(1),
                         [](const auto&) { return std::string("lonely"); });

// -- Misuse of the harness ------------------------------------------------------------------------

HEDDLE_TEST(Nested, Explore) {
  const Report report = Explore([] { Say("never: nested body"); }, {.name = "inner"});
  EXPECT_EQ(report.verdict, Verdict::kVacuous);
  Yield();
  Say("never: after the nested exploration");
}

HEDDLE_TEST(Disabled, DISABLED_Fails) { EXPECT_TRUE(false); }

// -- Knobs ----------------------------------------------------------------------------------------

// Fails under a schedule too long for a token, and says what its executions run with.
HEDDLE_TEST(Knobs, InForce) {
  const Options& used = internal::x.options;
  std::printf("jobs=%u coverage=%d deadline_ms=%u time_budget_ms=%u max_steps=%u drain_steps=%u\n",
              used.jobs, used.coverage, used.deadline_ms, used.time_budget_ms, used.max_steps,
              used.drain_steps);
  std::printf("clock=%s early_timers=%u stack_kib=%u\n",
              used.clock == ClockPolicy::kAnytime ? "anytime" : "when_idle", used.early_timers,
              used.stack_kib);
  std::printf("resume=%s\n", internal::ReadEnvironment(used).settings.resume_dir.c_str());
  auto work = [] {
    for (int i = 0; i < 200; ++i) Yield();
  };
  Task first = Go("first", work), second = Go("second", work);
  first.Join();
  second.Join();
  ADD_FAILURE() << "so that there is a report";
}

HEDDLE_TEST(Knobs, OfTheCode, .schedules = 5, .max_steps = 5000, .time_budget_ms = 50'000) {
  Say(("code: max_steps=" + std::to_string(internal::x.options.max_steps)).c_str());
  Accompany();
}

HEDDLE_TEST(Knobs, TimeBudget, .time_budget_ms = 20) {
  Accompany();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a budget is real time
}

// -- Exit codes -----------------------------------------------------------------------------------

HEDDLE_TEST(Status, Vacuous, .schedules = 0) { Accompany(); }

HEDDLE_TEST(Status, Diverged) {
  static int executions = 0;
  if (++executions % 2 == 1) Yield();
  Accompany();
  EXPECT_EQ(executions % 2, 0);
}

HEDDLE_TEST(Status, InternalError) { HEDDLE_CHECK(1 + 1 == 3); }

// -- A race outside scenarios ---------------------------------------------------------------------

int unguarded = 0;  // only written where it races: gcc's runtime reports the read apart

TEST(Outside, Races) {
  std::thread first([] { unguarded = 1; });
  std::thread second([] { unguarded = 1; });
  first.join();
  second.join();
}

TEST(Outside, IsClean) {
  std::thread first([] { ++unguarded; });
  first.join();
}

}  // namespace
