// SPDX-License-Identifier: Apache-2.0
#include "catalogue/runner.h"

#include "heddle/explore/explore.h"
#include "heddle/gtest/matchers.h"  // takes the assertions that fail in tasks
#include "heddle/runtime/execute.h"

namespace catalogue {

Body BodyOn(Memory memory, const SubjectInfo& subject) {
  return memory == Memory::kPlain ? subject.plain : subject.body;
}

namespace {

class BodyScenario final : public heddle::Scenario {
 public:
  BodyScenario(Body body, Version version) : body_(body), version_(version) {}
  void Run() override { body_(version_); }

 private:
  const Body body_;
  const Version version_;
};

}  // namespace

heddle::Report Explore(const SubjectInfo& subject, const Exploration& exploration,
                       heddle::Options options) {
  options.name = subject.name;
  options.schedules = exploration.schedules;
  const bool is_no_limit = options.strategy == heddle::StrategyKind::kExhaustive &&
                           options.schedules == heddle::kDefaultSchedules;
  if (is_no_limit) ++options.schedules;
  options.seed = exploration.seed;
  BodyScenario scenario(BodyOn(exploration.memory, subject), exploration.version);
  return heddle::Explore(scenario, options, exploration.command);
}

}  // namespace catalogue
