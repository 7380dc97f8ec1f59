// SPDX-License-Identifier: Apache-2.0
//
// How often random walk and URW take each schedule of small programs, against the probabilities that follow from
// their definitions by going through all schedules.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "heddle/core/sanitize.h"
#include "heddle/strategy/random_walk.h"
#include "heddle/strategy/urw.h"
#include "support/model_program.h"

namespace heddle {
namespace {

using namespace testing_support;

constexpr uint32_t kExecutions = HEDDLE_TSAN || HEDDLE_ASAN ? 20'000 : 100'000;

using Probabilities = std::map<std::string, double>;

// All schedules of a program, each with the product of the probabilities of its decisions.
class AllSchedules {
 public:
  // A task goes on with a probability in proportion to its weight, which its steps left tell.
  using Weight = std::function<double(size_t left)>;

  AllSchedules(const std::vector<ModelTask>& tasks, Weight weight)
      : tasks_(tasks), weight_(std::move(weight)), done_(tasks.size()), here_(tasks.size(), true) {
    for (const ModelTask& task : tasks_) {
      for (const ModelStep& step : task) {
        if (step.spawns != 0) here_[step.spawns] = false;
      }
    }
    Walk("", 1);
  }

  const Probabilities& probabilities() const { return probabilities_; }

 private:
  // Its own, and those of tasks that it will spawn.
  size_t LeftOf(size_t task) const {
    size_t left = tasks_[task].size() - done_[task];
    for (size_t i = done_[task]; i < tasks_[task].size(); ++i) {
      if (tasks_[task][i].spawns != 0) left += tasks_[tasks_[task][i].spawns].size();
    }
    return left;
  }
  bool IsRunnable(size_t task) const { return here_[task] && done_[task] < tasks_[task].size(); }

  void Walk(const std::string& order, double probability) {
    double total = 0;
    for (size_t task = 0; task < tasks_.size(); ++task) {
      if (IsRunnable(task)) total += weight_(LeftOf(task));
    }
    if (total == 0) {
      probabilities_[order] += probability;
      return;
    }
    for (size_t task = 0; task < tasks_.size(); ++task) {
      if (!IsRunnable(task)) continue;
      const double share = weight_(LeftOf(task)) / total;
      const uint32_t spawns = tasks_[task][done_[task]++].spawns;
      if (spawns != 0) here_[spawns] = true;
      Walk(order + static_cast<char>('0' + task), probability * share);
      if (spawns != 0) here_[spawns] = false;
      --done_[task];
    }
  }

  const std::vector<ModelTask>& tasks_;
  const Weight weight_;
  std::vector<size_t> done_;  // steps, by task
  std::vector<bool> here_;    // by task: it was spawned
  Probabilities probabilities_;
};

// The 99.9 % quantile of the chi-square distribution (Wilson, Hilferty, 1931).
double ChiSquareLimit(size_t degrees) {
  const double d = static_cast<double>(degrees);
  const double root = 1 - 2 / (9 * d) + 3.09 * std::sqrt(2 / (9 * d));
  return d * root * root * root;
}

// Prints the figure, too: for scripts/score --suite=samplers.
void ExpectFrequencies(std::string_view sampler, const std::map<std::string, uint32_t>& counts,
                       const Probabilities& probabilities) {
  double sum = 0;
  uint32_t expected_ones = 0;
  for (const auto& [order, probability] : probabilities) {
    const double expected = probability * kExecutions;
    ASSERT_GT(expected, 5) << order << " is too rare for this test";
    const auto found = counts.find(order);
    const double observed = found == counts.end() ? 0 : found->second;
    expected_ones += static_cast<uint32_t>(observed);
    sum += (observed - expected) * (observed - expected) / expected;
  }
  EXPECT_EQ(expected_ones, kExecutions) << "there were schedules that cannot be";
  const double limit = ChiSquareLimit(probabilities.size() - 1);
  EXPECT_LT(sum, limit);
  absl::PrintF("%-8schi-square of %d orders in %d executions: %.1f (bar: %.1f)%s\n", sampler,
               probabilities.size(), kExecutions, sum, limit, sum < limit ? "" : "  MISSED");
}

ModelTask StoresAt(uint32_t object, size_t count) { return ModelTask(count, Store(object)); }

std::vector<std::vector<ModelTask>> SmallPrograms() {
  return {
      {StoresAt(1, 2), StoresAt(1, 4)},
      {StoresAt(1, 1), StoresAt(1, 7)},
      {StoresAt(1, 1), StoresAt(2, 1), {Store(1), Load(2), Store(3)}},
      {StoresAt(1, 2), StoresAt(2, 2), StoresAt(1, 2)},
      {StoresAt(1, 1), StoresAt(1, 1), StoresAt(1, 1), StoresAt(1, 2)},
  };
}

// Task 0 is alone at times.
std::vector<ModelTask> ProgramThatSpawns() {
  return {{Spawn(1), Store(1), Spawn(2), Store(1)}, StoresAt(1, 2), StoresAt(1, 2)};
}

TEST(FrequencyTest, OfARandomWalkAreExact) {
  std::vector<std::vector<ModelTask>> programs = SmallPrograms();
  programs.push_back(ProgramThatSpawns());
  for (const std::vector<ModelTask>& tasks : programs) {
    ModelProgram program(tasks);
    const AllSchedules all(tasks, [](size_t) { return 1.0; });
    ExpectFrequencies("random", CountOrders(program, *MakeRandomWalk(), kExecutions, InFull),
                      all.probabilities());
  }
}

TEST(FrequencyTest, OfUrwAreExact) {
  std::vector<std::vector<ModelTask>> programs = SmallPrograms();
  programs.push_back(ProgramThatSpawns());
  for (const std::vector<ModelTask>& tasks : programs) {
    ModelProgram program(tasks);
    const AllSchedules all(tasks, [](size_t left) { return static_cast<double>(left); });
    ExpectFrequencies("urw", CountOrders(program, *Taught(MakeUrw(), program), kExecutions, InFull),
                      all.probabilities());
  }
}

// The test is worth something: URW is no random walk.
TEST(FrequencyTest, TellsStrategiesApart) {
  const std::vector<ModelTask> tasks = SmallPrograms().front();
  const AllSchedules walk(tasks, [](size_t) { return 1.0; });
  const AllSchedules urw(tasks, [](size_t left) { return static_cast<double>(left); });
  double sum = 0;
  for (const auto& [order, probability] : walk.probabilities()) {
    const double difference = urw.probabilities().at(order) - probability;
    sum += kExecutions * difference * difference / probability;
  }
  EXPECT_GT(sum, 10 * ChiSquareLimit(walk.probabilities().size() - 1));
}

}  // namespace
}  // namespace heddle
