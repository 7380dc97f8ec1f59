// SPDX-License-Identifier: Apache-2.0
//
// GoogleTest with interleavings: HEDDLE_TEST is TEST, explored.
//
//   #include "heddle/gtest/heddle_test.h"
//   #include "heddle/heddle.h"
//
//   HEDDLE_TEST(Cart, KeepsEveryItem) {
//     heddle::Mutex mu("cart.mu");
//     int items = 0;
//     auto add = [&] { heddle::MutexLock lock(mu); ++items; };
//     heddle::Task a = heddle::Go("a", add), b = heddle::Go("b", add);
//     a.Join();
//     b.Join();
//     EXPECT_EQ(items, 2);
//   }
//
// The body is executed under 1,000 schedules, as task T0. The first that fails is explained in one
// gtest failure at the line of HEDDLE_TEST, with a command that replays it. Works with any main();
// heddle::gtest_main has one, with flags and exit codes (heddle/gtest/flags.h, status.h). Verdict,
// strategy, seed, counts and replay token are properties of the test in --gtest_output=xml: and
// json:.
//
//   HEDDLE_TEST(Suite, Name, options...)       a TEST
//   HEDDLE_TEST_F(Fixture, Name, options...)   a TEST_F; may share its suite with TEST_Fs
//   HEDDLE_TEST_P(Fixture, Name, options...)   a TEST_P, for INSTANTIATE_TEST_SUITE_P; GetParam()
//
// Options are designated initialisers of heddle::Options, in its order; enumerators need no
// qualification: HEDDLE_TEST(Cart, Drains, .schedules = 5000, .clock = kWhenIdle) { ... }
//
// A fixture lives once per execution, never outside one:
//   1. constructor, SetUp, body, TearDown, in task T0. As in GoogleTest: after a fatal failure or
//      GTEST_SKIP in SetUp no body, in the constructor neither; TearDown follows SetUp in any case,
//      unless an exception or the end of the execution came first.
//   2. the other tasks go on until they have finished; who cannot is a leak and is unwound.
//   3. destructor.
// So state that tasks may use after the body returned belongs in the fixture. SetUpTestSuite and
// TearDownTestSuite run once, outside executions.
//
// Assertions work in every task. The first that fails, fatal or not, ends the execution at its
// task's next step or end, with the verdict `assertion`, the task and its SCOPED_TRACEs, which are
// kept per task. What fails while an abandoned execution is unwound (destructors) is dropped.
// GTEST_SKIP, in any task, skips the test. HasFatalFailure() and the like, in a body, speak of the
// running execution; testing::Test::HasFatalFailure() and those called by a fixture's own methods
// do not know of its failures. testing::ScopedTrace used by its name is not kept per task.
#ifndef HEDDLE_GTEST_HEDDLE_TEST_H_
#define HEDDLE_GTEST_HEDDLE_TEST_H_

#include <gtest/gtest.h>

#include "heddle/core/options.h"
#include "heddle/gtest/results.h"
#include "heddle/gtest/run.h"
#include "heddle/gtest/scoped_trace.h"

// The comma at the end: a variadic argument that is never missing is portable.
#define HEDDLE_TEST(suite, ...) HEDDLE_INTERNAL_TEST(suite, __VA_ARGS__, )
#define HEDDLE_TEST_F(fixture, ...) \
  HEDDLE_INTERNAL_FIXTURE(RegisterFixtureTest, fixture, __VA_ARGS__, )
#define HEDDLE_TEST_P(fixture, ...) \
  HEDDLE_INTERNAL_FIXTURE(RegisterParameterizedTest, fixture, __VA_ARGS__, )

// -- Implementation -------------------------------------------------------------------------------

// The class has the name that TEST gives it: FRIEND_TEST works, and the same name twice does not.
#define HEDDLE_INTERNAL_TEST(suite, test, ...)                                      \
  HEDDLE_INTERNAL_OPTIONS(suite, test, __VA_ARGS__);                                \
  class GTEST_TEST_CLASS_NAME_(suite, test) : public ::heddle::internal::Results {  \
   public:                                                                          \
    static void TestBody();                                                         \
                                                                                    \
   private:                                                                         \
    [[maybe_unused]] static const bool heddle_registered_;                          \
  };                                                                                \
  const bool GTEST_TEST_CLASS_NAME_(suite, test)::heddle_registered_ =              \
      ::heddle::internal::RegisterTest<GTEST_TEST_CLASS_NAME_(suite, test)>(        \
          #suite, #test, &suite##_##test##_HeddleOptions::Get, __FILE__, __LINE__); \
  void GTEST_TEST_CLASS_NAME_(suite, test)::TestBody()

#define HEDDLE_INTERNAL_FIXTURE(register_test, fixture, test, ...)                                 \
  HEDDLE_INTERNAL_OPTIONS(fixture, test, __VA_ARGS__);                                             \
  class GTEST_TEST_CLASS_NAME_(fixture, test) : public fixture {                                   \
   public:                                                                                         \
    static bool HasFatalFailure() { return ::heddle::internal::Results::HasFatalFailure(); }       \
    static bool HasNonfatalFailure() { return ::heddle::internal::Results::HasNonfatalFailure(); } \
    static bool HasFailure() { return ::heddle::internal::Results::HasFailure(); }                 \
    static bool IsSkipped() { return ::heddle::internal::Results::IsSkipped(); }                   \
    void TestBody() override;                                                                      \
                                                                                                   \
   private:                                                                                        \
    [[maybe_unused]] static const bool heddle_registered_;                                         \
  };                                                                                               \
  const bool GTEST_TEST_CLASS_NAME_(fixture, test)::heddle_registered_ =                           \
      ::heddle::internal::register_test<GTEST_TEST_CLASS_NAME_(fixture, test), fixture>(           \
          #fixture, #test, &fixture##_##test##_HeddleOptions::Get, __FILE__, __LINE__);            \
  void GTEST_TEST_CLASS_NAME_(fixture, test)::TestBody()

#define HEDDLE_INTERNAL_OPTIONS(suite, test, ...)                              \
  static_assert(sizeof(#suite) > 1 && sizeof(#test) > 1, "a name is missing"); \
  struct suite##_##test##_HeddleOptions : ::heddle::OptionNames {              \
    static ::heddle::Options Get() {                                           \
      return ::heddle::Options{.name = #suite "." #test, __VA_ARGS__};         \
    }                                                                          \
  }

#endif  // HEDDLE_GTEST_HEDDLE_TEST_H_
