// SPDX-License-Identifier: Apache-2.0
//
// How a scenario runs as a gtest. Used by the macros of heddle_test.h, not by users.
//
// What gtest sees is a small test of ours, the runner, that explores; the user's fixture is made
// anew inside every execution and never outside one. This file uses the parts of GoogleTest that
// TEST, TEST_F and TEST_P themselves expand to (testing::internal, 1.12 to 1.14).
#ifndef HEDDLE_GTEST_RUN_H_
#define HEDDLE_GTEST_RUN_H_

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "heddle/core/options.h"

namespace heddle::internal {

// A test as its macro describes it.
struct TestSource {
  Options (*options)();                    // asked when the test runs, not at static initialisation
  void (*body)(::testing::Test* fixture);  // null for HEDDLE_TEST
  const char* file;
  int line;
};

using Factory = ::testing::internal::TestFactoryBase;

// For gtest to own: makes the runner. `fixtures` makes the fixture of each execution; null: none.
Factory* NewRunnerFactory(const TestSource& source, std::unique_ptr<Factory> fixtures);

template <class Body>
void RunFixtureBody(::testing::Test* fixture) {
  static_cast<Body*>(fixture)->TestBody();
}

// HEDDLE_TEST: Body::TestBody is static. The suite is that of TESTs.
template <class Body>
bool RegisterTest(const char* suite, const char* name, Options (*options)(), const char* file,
                  int line) {
  const TestSource source{options, [](::testing::Test*) { Body::TestBody(); }, file, line};
  ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, ::testing::internal::CodeLocation(file, line),
      ::testing::internal::GetTestTypeId(), nullptr, nullptr, NewRunnerFactory(source, nullptr));
  return true;
}

// HEDDLE_TEST_F: the suite has the type id of the user's fixture, so that TEST_F may share it.
template <class Body, class Fixture>
bool RegisterFixtureTest(const char* suite, const char* name, Options (*options)(),
                         const char* file, int line) {
  using Resolver = ::testing::internal::SuiteApiResolver<Fixture>;
  const TestSource source{options, &RunFixtureBody<Body>, file, line};
  ::testing::internal::MakeAndRegisterTestInfo(
      suite, name, nullptr, nullptr, ::testing::internal::CodeLocation(file, line),
      ::testing::internal::GetTypeId<Fixture>(), Resolver::GetSetUpCaseOrSuite(file, line),
      Resolver::GetTearDownCaseOrSuite(file, line),
      NewRunnerFactory(source, std::make_unique<::testing::internal::TestFactoryImpl<Body>>()));
  return true;
}

// HEDDLE_TEST_P: what INSTANTIATE_TEST_SUITE_P asks for a factory per parameter. gtest's own
// factory for Body, which sets the parameter that GetParam() reads, makes the fixtures.
template <class Body>
class ParameterizedRunners final
    : public ::testing::internal::TestMetaFactoryBase<typename Body::ParamType> {
 public:
  explicit ParameterizedRunners(const TestSource& source) : source_(source) {}
  Factory* CreateTestFactory(typename Body::ParamType parameter) override {
    using Fixtures = ::testing::internal::ParameterizedTestFactory<Body>;
    return NewRunnerFactory(source_, std::make_unique<Fixtures>(std::move(parameter)));
  }

 private:
  const TestSource source_;
};

template <class Body, class Fixture>
bool RegisterParameterizedTest(const char* suite, const char* name, Options (*options)(),
                               const char* file, int line) {
  using ::testing::internal::CodeLocation;
  const TestSource source{options, &RunFixtureBody<Body>, file, line};
  ::testing::UnitTest::GetInstance()
      ->parameterized_test_registry()
      .GetTestSuitePatternHolder<Fixture>(suite, CodeLocation(file, line))
      ->AddTestPattern(suite, name, new ParameterizedRunners<Body>(source),
                       CodeLocation(file, line));
  return true;
}

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_RUN_H_
