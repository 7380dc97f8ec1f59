// SPDX-License-Identifier: Apache-2.0
//
// How a scenario runs as a gtest. Used by the macros of heddle_test.h, not by users.
//
// What gtest sees is a small test of ours that explores; the user's fixture is made anew inside
// every execution and never outside one. This file uses the parts of GoogleTest that TEST_F and
// TEST_P themselves expand to (testing::internal), which have been the same from 1.10 on.
#ifndef HEDDLE_GTEST_RUN_H_
#define HEDDLE_GTEST_RUN_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "heddle/core/options.h"
#include "heddle/runtime/execute.h"

namespace heddle::internal {

// Explores `scenario` as the body of the running gtest, whose full name it takes, and turns the
// report into at most one failure at file:line. (The name in `options` is ignored.)
void RunTest(Scenario& scenario, Options options, const char* file, int line);

void RunFunctionTest(void (*body)(), const Options& options, const char* file, int line);

// What gtest does with a fixture, inside an execution: the body only if SetUp neither failed nor
// skipped, TearDown in any case. An assertion that fails in SetUp ends the execution.
void RunFixture(const std::function<void()>& set_up, const std::function<void()>& body,
                const std::function<void()>& tear_down);

// Makes a fixture per execution by `make`; it dies when the execution is over and unwound.
template <class Body>
class FixtureScenario final : public Scenario {
 public:
  explicit FixtureScenario(std::function<Body*()> make) : make_(std::move(make)) {}
  void Run() override {
    fixture_.reset(make_());
    fixture_->HeddleRun();
  }
  void Finish() override { fixture_.reset(); }

 private:
  std::function<Body*()> make_;
  std::unique_ptr<Body> fixture_;
};

template <class Body>
class FixtureRunner final : public ::testing::Test {
 public:
  FixtureRunner(const Options& options, const char* file, int line)
      : options_(options), file_(file), line_(line) {}

 private:
  void TestBody() override {
    FixtureScenario<Body> scenario([] { return new Body; });
    RunTest(scenario, options_, file_, line_);
  }

  const Options options_;
  const char* const file_;
  const int line_;
};

template <class Body>
class FixtureRunnerFactory final : public ::testing::internal::TestFactoryBase {
 public:
  FixtureRunnerFactory(const Options& options, const char* file, int line)
      : options_(options), file_(file), line_(line) {}
  ::testing::Test* CreateTest() override { return new FixtureRunner<Body>(options_, file_, line_); }

 private:
  const Options options_;
  const char* const file_;
  const int line_;
};

// The suite has the type id of the user's fixture, so that TEST_F of the same fixture may share it.
template <class Body, class Fixture>
bool RegisterFixtureTest(const char* suite, const char* name, const Options& options,
                         const char* file, int line) {
  using ::testing::internal::CodeLocation;
  using Resolver = ::testing::internal::SuiteApiResolver<Fixture>;
  ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, CodeLocation(file, line),
      ::testing::internal::GetTypeId<Fixture>(), Resolver::GetSetUpCaseOrSuite(file, line),
      Resolver::GetTearDownCaseOrSuite(file, line),
      new FixtureRunnerFactory<Body>(options, file, line));
  return true;
}

// GetParam() reads a static of the fixture's, which gtest's own factory sets; so that factory makes
// the fixture of each execution.
template <class Body, class OptionSource>
class ParameterizedRunner final : public ::testing::Test {
 public:
  using ParamType = typename Body::ParamType;
  static void SetParam(const ParamType* parameter) { parameter_ = parameter; }

 private:
  void TestBody() override {
    ::testing::internal::ParameterizedTestFactory<Body> factory(*parameter_);
    FixtureScenario<Body> scenario([&] { return static_cast<Body*>(factory.CreateTest()); });
    RunTest(scenario, OptionSource::Get(), OptionSource::File(), OptionSource::Line());
  }

  static inline const ParamType* parameter_ = nullptr;
};

template <class Body, class OptionSource, class Fixture>
bool RegisterParameterizedTest(const char* suite, const char* name, const char* file, int line) {
  using Runner = ParameterizedRunner<Body, OptionSource>;
  using ::testing::internal::CodeLocation;
  ::testing::UnitTest::GetInstance()
      ->parameterized_test_registry()
      .GetTestSuitePatternHolder<Fixture>(suite, CodeLocation(file, line))
      ->AddTestPattern(suite, name, new ::testing::internal::TestMetaFactory<Runner>(),
                       CodeLocation(file, line));
  return true;
}

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_RUN_H_
