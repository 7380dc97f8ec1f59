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
// The body is executed under 1,000 schedules; the first that fails is explained in one gtest
// failure at the line of HEDDLE_TEST, with a line that replays it. Options follow the name as
// designated initialisers in the order of heddle::Options: HEDDLE_TEST(Cart, Drains, .schedules =
// 5000, .clock = kWhenIdle). Links with heddle::gtest_main or any other main.
//
//   HEDDLE_TEST_F(Fixture, Name, ...)   in every execution: constructor, SetUp, body and TearDown
//   run as
//                                       task T0; then the other tasks end; then the destructor
//   HEDDLE_TEST_P(Fixture, Name, ...)   the same with GetParam(), for INSTANTIATE_TEST_SUITE_P
//
// EXPECT_*, ASSERT_* and FAIL work in every task: the first that fails ends the execution at that
// task's next step or end, with the verdict `assertion`. GTEST_SKIP ends the exploration as
// skipped. SCOPED_TRACE is kept per task. Failures while abandoned tasks are unwound are dropped.
#ifndef HEDDLE_GTEST_HEDDLE_TEST_H_
#define HEDDLE_GTEST_HEDDLE_TEST_H_

#include <gtest/gtest.h>

#include "heddle/core/options.h"
#include "heddle/gtest/run.h"
#include "heddle/gtest/scoped_trace.h"

#define HEDDLE_TEST(suite, name, ...)                                                      \
  HEDDLE_INTERNAL_OPTIONS(suite, name, __VA_ARGS__);                                       \
  static void HEDDLE_INTERNAL_NAME(suite, name, Body)();                                   \
  TEST(suite, name) {                                                                      \
    ::heddle::internal::RunFunctionTest(&HEDDLE_INTERNAL_NAME(suite, name, Body),          \
                                        HEDDLE_INTERNAL_NAME(suite, name, Options)::Get(), \
                                        __FILE__, __LINE__);                               \
  }                                                                                        \
  static void HEDDLE_INTERNAL_NAME(suite, name, Body)()

#define HEDDLE_TEST_F(fixture, name, ...)                                                          \
  HEDDLE_INTERNAL_FIXTURE_BODY(fixture, name, __VA_ARGS__);                                        \
  [[maybe_unused]] static const bool HEDDLE_INTERNAL_NAME(fixture, name, Registered) =             \
      ::heddle::internal::RegisterFixtureTest<HEDDLE_INTERNAL_NAME(fixture, name, Body), fixture>( \
          #fixture, #name, HEDDLE_INTERNAL_NAME(fixture, name, Options)::Get(), __FILE__,          \
          __LINE__);                                                                               \
  void HEDDLE_INTERNAL_NAME(fixture, name, Body)::TestBody()

#define HEDDLE_TEST_P(fixture, name, ...)                                                          \
  HEDDLE_INTERNAL_FIXTURE_BODY(fixture, name, __VA_ARGS__);                                        \
  [[maybe_unused]] static const bool HEDDLE_INTERNAL_NAME(fixture, name, Registered) =             \
      ::heddle::internal::RegisterParameterizedTest<HEDDLE_INTERNAL_NAME(fixture, name, Body),     \
                                                    HEDDLE_INTERNAL_NAME(fixture, name, Options),  \
                                                    fixture>(#fixture, #name, __FILE__, __LINE__); \
  void HEDDLE_INTERNAL_NAME(fixture, name, Body)::TestBody()

// -- Implementation
// ---------------------------------------------------------------------------------

#define HEDDLE_INTERNAL_NAME(suite, name, what) Heddle##what##_##suite##_##name

#define HEDDLE_INTERNAL_OPTIONS(suite, name, ...)                             \
  struct HEDDLE_INTERNAL_NAME(suite, name, Options) : ::heddle::OptionNames { \
    static ::heddle::Options Get() { return ::heddle::Options{__VA_ARGS__}; } \
    static constexpr const char* File() { return __FILE__; }                  \
    static constexpr int Line() { return __LINE__; }                          \
  }

#define HEDDLE_INTERNAL_FIXTURE_BODY(fixture, name, ...)                                      \
  HEDDLE_INTERNAL_OPTIONS(fixture, name, __VA_ARGS__);                                        \
  class HEDDLE_INTERNAL_NAME(fixture, name, Body) : public fixture {                          \
   public:                                                                                    \
    void HeddleRun() {                                                                        \
      ::heddle::internal::RunFixture([this] { this->SetUp(); }, [this] { this->TestBody(); }, \
                                     [this] { this->TearDown(); });                           \
    }                                                                                         \
                                                                                              \
   private:                                                                                   \
    void TestBody() override;                                                                 \
  }

#endif  // HEDDLE_GTEST_HEDDLE_TEST_H_
