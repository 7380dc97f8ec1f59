// SPDX-License-Identifier: Apache-2.0
//
// The program behind `scripts/score --suite=exhaustive`: how many executions an exhaustive search needs, and how many
// it would need at least, one of each class of equivalent executions, where these can be told.
//
// Exit status 0: every program whose classes are known was explored with exactly as many complete executions as it has;
// 1: one was not, or a flag is unknown; 2: the file cannot be written. Redundant executions, which end early, are
// counted apart.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "bench/bare_switch.h"
#include "heddle/runtime/execute.h"
#include "heddle/strategy/exhaustive.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "support/execute.h"
#include "support/small_programs.h"

ABSL_FLAG(uint32_t, programs, 30, "how many random programs of each kind");
ABSL_FLAG(std::string, json, "", "a file to write the rows to, as JSON");

namespace heddle::bench {
namespace {

using namespace testing_support;

struct Row {
  std::string program;
  uint64_t executions = 0;
  uint64_t redundant = 0;
  std::optional<uint64_t> optimum;  // none: its classes are not known
  double seconds = 0;
  double bare_switches = 0;  // per execution

  bool IsMissed() const { return optimum && executions != *optimum; }
  double PerSecond() const { return static_cast<double>(executions + redundant) / seconds; }
};

const Options kOptions = {.strategy = StrategyKind::kExhaustive,
                          .max_steps = 2000,
                          .clock = ClockPolicy::kWhenIdle,
                          .tickers_must_stop = false};

template <class Body>
Row Search(std::string program, std::optional<uint64_t> optimum, Body body) {
  BodyScenario scenario{body};
  const double bare = BareSwitchNanoseconds();
  const std::unique_ptr<heddle::Search> search = MakeExhaustive(kOptions);
  const double start = Nanoseconds();
  do Execute(scenario, kOptions, *search, 1, Recording::kOff);
  while (search->Next());
  const double elapsed = Nanoseconds() - start;
  const Coverage coverage = search->coverage();
  return {.program = std::move(program),
          .executions = coverage.executions,
          .redundant = coverage.redundant,
          .optimum = optimum,
          .seconds = elapsed * 1e-9,
          .bare_switches =
              elapsed / static_cast<double>(coverage.executions + coverage.redundant) / bare};
}

// -- Orders of locks
// ------------------------------------------------------------------------------------------

// Tasks that each lock and unlock one mutex `sections` times.
void TakeTurns(int tasks, int sections) {
  Mutex mu;
  std::vector<Task> all;
  for (int task = 0; task < tasks; ++task) {
    all.push_back(Go([&mu, sections] {
      for (int i = 0; i < sections; ++i) {
        mu.lock();
        mu.unlock();
      }
    }));
  }
  for (const Task& task : all) task.Join();
}

// (tasks * sections)! / sections!^tasks
uint64_t OrdersOf(uint64_t tasks, uint64_t sections) {
  uint64_t orders = 1;
  for (uint64_t task = 1; task < tasks; ++task) {
    for (uint64_t i = 1; i <= sections; ++i) orders = orders * (task * sections + i) / i;
  }
  return orders;
}

void AddTurns(std::vector<Row>* rows) {
  constexpr std::pair<int, int> kSizes[] = {{2, 3}, {3, 2}, {3, 3}, {2, 6}, {2, 8}};
  for (const auto& [tasks, sections] : kSizes) {
    rows->push_back(Search(absl::StrFormat("turns %dx%d", tasks, sections),
                           OrdersOf(static_cast<uint64_t>(tasks), static_cast<uint64_t>(sections)),
                           [tasks = tasks, sections = sections] { TakeTurns(tasks, sections); }));
  }
}

// -- Random programs
// ------------------------------------------------------------------------------------------

// Whether all are known and no execution fails: one that does ends early, and the search with it. (Timers that fire when
// nothing else can go on order steps that would be independent elsewhere.)
bool CountsAreExact(const EndsReached& reached) {
  for (const std::string& end : reached.ends) {
    if (!absl::StartsWith(end, "passed")) return false;
  }
  return reached.complete && !reached.has_timers;
}

Row SearchSmall(const SmallWorld& world, uint64_t program, std::optional<uint64_t> optimum) {
  return Search(absl::StrFormat("%s %d", world.name, program), optimum, [&world, program] {
    CommuteRun run(program);
    world.body(run);
  });
}

// Programs that are too small say nothing.
constexpr uint64_t kFewest = 6;

// Whether a search of so many executions comes to its end, and they are no fewer than kFewest.
bool IsWorthARow(const SmallWorld& world, uint64_t program) {
  constexpr uint64_t kMostExecutions = 3000;
  const std::unique_ptr<heddle::Search> search = MakeExhaustive(kOptions);
  const auto body = [&] {
    CommuteRun run(program);
    world.body(run);
  };
  BodyScenario scenario{body};
  for (uint64_t executions = 0; executions < kMostExecutions; ++executions) {
    Execute(scenario, kOptions, *search, 1, Recording::kOff);
    if (!search->Next()) return search->coverage().executions >= kFewest;
  }
  return false;
}

void AddKnown(const SmallWorld& world, uint32_t programs, std::vector<Row>* rows) {
  constexpr uint64_t kMostOrders = 5000;
  uint32_t added = 0;
  for (uint64_t program = 0; added < programs; ++program) {
    if (!IsWorthARow(world, program)) continue;
    const EndsReached all = ReachAll(world, program, kOptions, kMostOrders);
    if (!CountsAreExact(all) || all.classes.size() < kFewest) continue;
    rows->push_back(SearchSmall(world, program, all.classes.size()));
    ++added;
  }
}

void AddUnknown(const SmallWorld& world, uint32_t programs, std::vector<Row>* rows) {
  uint32_t added = 0;
  for (uint64_t program = 0; added < programs; ++program) {
    if (!IsWorthARow(world, program)) continue;
    rows->push_back(SearchSmall(world, program, std::nullopt));
    ++added;
  }
}

// -- What is printed
// ------------------------------------------------------------------------------------------

std::string OptimumOf(const Row& row, std::string_view unknown) {
  return row.optimum ? absl::StrFormat("%d", *row.optimum) : std::string(unknown);
}

void Print(const std::vector<Row>& rows) {
  absl::PrintF("%-24s %10s %10s %10s %14s %14s\n", "program", "executions", "optimum", "redundant",
               "executions/s", "bare switches");
  uint64_t executions = 0;
  uint64_t redundant = 0;
  uint64_t known = 0;
  uint64_t optimal = 0;
  for (const Row& row : rows) {
    absl::PrintF("%-24s %10d %10s %10d %14.0f %14.0f%s\n", row.program, row.executions,
                 OptimumOf(row, "-"), row.redundant, row.PerSecond(), row.bare_switches,
                 row.IsMissed() ? "   MISSED" : "");
    executions += row.executions;
    redundant += row.redundant;
    known += row.optimum ? 1 : 0;
    optimal += !row.IsMissed() && row.redundant == 0 ? 1 : 0;
  }
  absl::PrintF(
      "%d programs, of %d the optimum is known, %d without a redundant execution; %d executions, "
      "%d redundant\n",
      rows.size(), known, optimal, executions, redundant);
}

std::string ToJson(const std::vector<Row>& rows) {
  std::string text = "[";
  for (const Row& row : rows) {
    text += absl::StrFormat(
        "%s\n  {\"program\": \"%s\", \"executions\": %d, \"optimum\": %s, \"redundant\": %d, "
        "\"executions_per_second\": %.0f, \"bare_switches_per_execution\": %.0f}",
        text.size() == 1 ? "" : ",", row.program, row.executions, OptimumOf(row, "null"),
        row.redundant, row.PerSecond(), row.bare_switches);
  }
  return text + "\n]\n";
}

int Main() {
  std::vector<Row> rows;
  AddTurns(&rows);
  for (const SmallWorld& world : SmallWorlds()) {
    (HasKnownClasses(world) ? AddKnown : AddUnknown)(world, absl::GetFlag(FLAGS_programs), &rows);
  }
  Print(rows);
  const std::string file = absl::GetFlag(FLAGS_json);
  if (!file.empty() && !(std::ofstream(file) << ToJson(rows)).flush()) {
    absl::FPrintF(stderr, "search_score: --json=%s cannot be written\n", file);
    return 2;
  }
  for (const Row& row : rows) {
    if (row.IsMissed()) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("scores exhaustive search; see scripts/score");
  absl::ParseCommandLine(argc, argv);
  return heddle::bench::Main();
}
