// SPDX-License-Identifier: Apache-2.0
//
// The program behind scripts/score. Exit status 0: every bar holds; 1: one does not, or a flag is unknown;
// 2: the value of a flag cannot be used. In the last two cases nothing was run.
#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "catalogue/comparison.h"
#include "catalogue/reference.h"
#include "catalogue/score.h"
#include "heddle/core/sanitize.h"
#include "heddle/explore/knobs.h"
#include "heddle/report/text.h"
#include "heddle/strategy/make_strategy.h"

ABSL_FLAG(
    std::vector<std::string>, suite, {},
    "comma separated: kernels, classics, patterns; default all. Or samplers: no subjects, but "
    "the samplers' means against those of an independent simulation");
ABSL_FLAG(std::string, filter, "*", "a glob on the names of subjects, such as 'etcd_*'");
ABSL_FLAG(std::vector<std::string>, strategy, {},
          "comma separated names as of HEDDLE_STRATEGY; default Heddle's default");
ABSL_FLAG(uint32_t, seeds, catalogue::Effort().seeds, "how many base seeds, from 1 on");
ABSL_FLAG(uint32_t, schedules, 0,
          "at most, of each buggy version per seed; default 1000, of a classic 10000, "
          "of SafeStack 400000");
ABSL_FLAG(uint32_t, fixed_schedules, catalogue::Effort().fixed_schedules, "of each fixed version");
ABSL_FLAG(bool, plain, false,
          "races alone, on plain memory, which ThreadSanitizer watches: of a build with it");
ABSL_FLAG(std::string, json, "", "a file to write the scores to, as JSON");
ABSL_FLAG(std::string, explain, "",
          "the name of a subject: prints the report on its bug instead of scores");

namespace catalogue {
namespace {

using heddle::internal::FindKnob;
using heddle::internal::Knob;
using heddle::internal::Refusal;
using heddle::internal::Settings;

[[noreturn]] void Refuse(const std::string& what) {
  std::fprintf(stderr, "score: %s\n", what.c_str());
  std::exit(2);
}

using Strategies = std::vector<std::pair<std::string, heddle::StrategyKind>>;

Strategies ChosenStrategies() {
  const Knob& knob = *FindKnob("HEDDLE_STRATEGY", &Knob::Variable);
  std::vector<std::string> names = absl::GetFlag(FLAGS_strategy);
  if (names.empty()) names.push_back(knob.default_value);
  Strategies strategies;
  for (const std::string& name : names) {
    Settings settings;
    if (!knob.apply(name, settings)) {
      Refuse(absl::StrCat("--strategy=", name, " cannot be used; allowed: ", knob.allowed));
    }
    strategies.emplace_back(name, settings.options.strategy);
  }
  return strategies;
}

std::vector<Suite> ChosenSuites() {
  const std::vector<Suite> all = {Suite::kKernels, Suite::kClassics, Suite::kPatterns};
  const std::vector<std::string> names = absl::GetFlag(FLAGS_suite);
  if (names.empty()) return all;
  std::vector<Suite> suites;
  for (const std::string& name : names) {
    const size_t before = suites.size();
    for (const Suite suite : all) {
      if (name == ToString(suite)) suites.push_back(suite);
    }
    if (suites.size() == before) {
      Refuse(absl::StrCat("there is no --suite=", name,
                          "; there are kernels, classics, patterns, and samplers alone"));
    }
  }
  return suites;
}

std::vector<const SubjectInfo*> ChosenSubjects(Memory memory) {
  const std::string filter = absl::GetFlag(FLAGS_filter);
  std::vector<const SubjectInfo*> chosen;
  for (const Suite suite : ChosenSuites()) {
    for (const SubjectInfo* subject : Subjects()) {
      if (subject->suite == suite && BodyOn(memory, *subject) != nullptr &&
          fnmatch(filter.c_str(), subject->name, 0) == 0) {
        chosen.push_back(subject);
      }
    }
  }
  if (chosen.empty()) {
    Refuse(absl::StrCat("no subject of these suites matches --filter='", filter, "'"));
  }
  return chosen;
}

Effort ChosenEffort() {
  Effort effort;
  effort.seeds = absl::GetFlag(FLAGS_seeds);
  if (effort.seeds == 0) Refuse("--seeds=0 cannot be used; explore from at least one");
  if (const uint32_t schedules = absl::GetFlag(FLAGS_schedules); schedules != 0) {
    effort.schedules = schedules;
  }
  effort.fixed_schedules = absl::GetFlag(FLAGS_fixed_schedules);
  if (effort.fixed_schedules == 0) Refuse("--fixed_schedules=0 cannot be used; 1 is the least");
  if (absl::GetFlag(FLAGS_plain)) {
    if (!HEDDLE_TSAN) Refuse("--plain needs a build with ThreadSanitizer: --preset=clang-tsan");
    effort.memory = Memory::kPlain;
  }
  return effort;
}

// Prints the report on the first bug that is found in the buggy version, from base seed 1 unless a knob
// says otherwise: it can be replayed.
int Explain(const std::string& name, Effort effort) {
  const SubjectInfo* const subject = FindSubject(name);
  if (subject == nullptr || BodyOn(effort.memory, *subject) == nullptr) {
    Refuse(absl::StrCat("there is no subject --explain=", name));
  }
  heddle::Options options = subject->options;
  options.strategy = effort.strategy;
  const Exploration buggy = {.memory = effort.memory,
                             .schedules = SchedulesFor(*subject, effort),
                             .seed = 1,
                             .command = absl::StrCat("./score --explain=", name)};
  const heddle::Report report = Explore(*subject, buggy, options);
  std::fputs(RenderText(report).c_str(), stdout);
  return report.verdict == subject->expected ? 0 : 1;
}

// They would go before the seeds and schedules that are asked for here.
void RefuseKnobs() {
  for (const Knob& knob : heddle::internal::Knobs()) {
    if (std::getenv(knob.Variable().c_str()) != nullptr) {
      Refuse(absl::StrCat("unset ", knob.Variable(), ", which the scores would depend on"));
    }
  }
}

// The samplers against an independent simulation of them.
int CheckSamplers() {
  if (!absl::GetFlag(FLAGS_strategy).empty() || !absl::GetFlag(FLAGS_json).empty() ||
      !absl::GetFlag(FLAGS_explain).empty() || absl::GetFlag(FLAGS_filter) != "*" ||
      absl::GetFlag(FLAGS_schedules) != 0 || absl::GetFlag(FLAGS_plain) ||
      absl::GetFlag(FLAGS_seeds) != Effort().seeds ||
      absl::GetFlag(FLAGS_fixed_schedules) != Effort().fixed_schedules) {
    Refuse("--suite=samplers takes no other flag");
  }
  RefuseKnobs();
  std::fputs(ReferenceHeading().c_str(), stdout);
  bool hold = true;
  for (const Reference& reference : References()) {
    const double mean = MeanOf(reference);
    std::fputs(ReferenceRow(reference, mean).c_str(), stdout);
    std::fflush(stdout);
    hold &= Holds(reference, mean);
  }
  return hold ? 0 : 1;
}

// Everything in the catalogue, from as many seeds and for as many schedules as its bars are for.
bool IsWhole(const Effort& effort) {
  return absl::GetFlag(FLAGS_suite).empty() && absl::GetFlag(FLAGS_filter) == "*" &&
         !effort.schedules && effort.seeds >= Effort().seeds;
}

int Main() {
  if (absl::GetFlag(FLAGS_suite) == std::vector<std::string>{"samplers"}) return CheckSamplers();
  const Strategies strategies = ChosenStrategies();
  Effort effort = ChosenEffort();
  if (const std::string name = absl::GetFlag(FLAGS_explain); !name.empty()) {
    effort.strategy = strategies.front().second;
    return Explain(name, effort);
  }
  RefuseKnobs();
  const std::vector<const SubjectInfo*> subjects = ChosenSubjects(effort.memory);
  // Before anything runs: a file that cannot be written would lose it all.
  const std::string path = absl::GetFlag(FLAGS_json);
  std::ofstream json;
  if (!path.empty()) {
    json.open(path);
    if (!json) Refuse(absl::StrCat("--json=", path, " cannot be written"));
  }
  std::vector<Score> all;
  std::vector<Score> compared;  // of samplers
  std::fputs(TableHeading().c_str(), stdout);
  for (const auto& [name, kind] : strategies) {
    effort.strategy = kind;
    std::vector<Score> scores;
    for (const SubjectInfo* subject : subjects) {
      Score score = Measure(*subject, effort);
      score.name = subject->name;
      score.suite = subject->suite;
      score.strategy = name;
      std::fputs(TableRow(score).c_str(), stdout);
      std::fflush(stdout);
      scores.push_back(score);
    }
    std::printf("%s: %s", name.c_str(), TableSummary(scores).c_str());
    all.insert(all.end(), scores.begin(), scores.end());
    if (!heddle::IsSystematic(kind)) compared.insert(compared.end(), scores.begin(), scores.end());
  }
  if (json.is_open()) {
    json << ToJson(all);
    json.close();
    if (!json) Refuse(absl::StrCat("--json=", path, " could not be written in full"));
  }
  bool hold = std::ranges::all_of(all, &Score::Holds);
  const std::string by_default = FindKnob("HEDDLE_STRATEGY", &Knob::Variable)->default_value;
  if (const auto comparison = Compare(compared, by_default); comparison && IsWhole(effort)) {
    std::fputs(ToString(*comparison).c_str(), stdout);
    hold &= comparison->Holds();
  }
  return hold ? 0 : 1;
}

}  // namespace
}  // namespace catalogue

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Finds the bugs of the catalogue (scenarios/README.md) and tells in how many schedules.");
  if (const std::vector<char*> rest = absl::ParseCommandLine(argc, argv); rest.size() > 1) {
    catalogue::Refuse(absl::StrCat("unknown argument ", rest[1], "; see --help"));
  }
  return catalogue::Main();
}
