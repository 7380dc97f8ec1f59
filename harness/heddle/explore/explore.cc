// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/explore.h"

#include <memory>
#include <string>
#include <utility>

#include "heddle/explore/internal/exploration.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/tsan.h"

namespace heddle {
namespace {

class FunctionScenario final : public Scenario {
 public:
  explicit FunctionScenario(const std::function<void()>& body) : body_(body) {}
  void Run() override { body_(); }

 private:
  const std::function<void()>& body_;
};

// The execution from which Explore was called fails too: nobody may look at the report it gets.
void FailOuterExecution() {
  using internal::x;
  internal::Hidden hidden;
  if (x.serial == internal::kUnwinding) return;
  Failure failure;
  failure.verdict = Verdict::kMisuse;
  failure.slot = x.current->slot;
  failure.message = x.current->Label() + " called heddle::Explore inside an execution";
  failure.remedy = "explore from a TEST, not from the body of a HEDDLE_TEST or its tasks";
  internal::RequestStop(std::move(failure));
}

}  // namespace

Report Explore(Scenario& scenario, const Options& options, const std::string& command) {
  std::shared_ptr<void> guard;
  if (InsideExecution()) {
    FailOuterExecution();
  } else if (internal::exploration_guard != nullptr) {
    guard = internal::exploration_guard();
  }
  return internal::Exploration(scenario, options, command).Run();
}

Report Explore(const std::function<void()>& body, const Options& options) {
  FunctionScenario scenario(body);
  return Explore(scenario, options, "");
}

}  // namespace heddle
