// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/text.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <map>
#include <ostream>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "heddle/core/shell.h"
#include "heddle/core/verdict.h"
#include "heddle/report/interleaving.h"
#include "heddle/report/layout.h"
#include "heddle/report/table.h"

namespace heddle {
namespace {

using internal::AppendWrapped;
using internal::Count;
using internal::Escape;
using internal::kReportWidth;
using internal::ShellQuoted;
using internal::Width;

constexpr size_t kMaxLabel = 24;   // of a task, where it is a cell or a column
constexpr size_t kMaxFrames = 16;  // of an access's stack

// -- Preparation ----------------------------------------------------------------------------------

void EscapeAll(std::initializer_list<std::string*> fields) {
  for (std::string* field : fields) *field = Escape(*field);
}

void AbbreviateLabels(Report* report) {
  std::vector<std::string> labels = report->columns;
  for (const TaskReport& task : report->tasks) labels.push_back(task.label);
  for (const AccessReport& access : report->accesses) labels.push_back(access.task);
  const std::map<std::string, std::string> forms = internal::Abbreviate(labels, kMaxLabel);
  for (std::string& column : report->columns) column = forms.at(column);
  for (TaskReport& task : report->tasks) task.label = forms.at(task.label);
  for (AccessReport& access : report->accesses) access.task = forms.at(access.task);
}

// The report as it is printed: every field one line but the details, labels short.
Report Prepared(Report report) {
  EscapeAll({&report.scenario, &report.headline, &report.at, &report.remedy, &report.replay,
             &report.variables, &report.command, &report.schedule_file, &report.seed,
             &report.strategy, &report.not_reproduced, &report.coverage, &report.seen});
  for (TaskReport& task : report.tasks) {
    EscapeAll({&task.label, &task.state, &task.doing, &task.at, &task.holds, &task.spawned_at});
  }
  for (AccessReport& access : report.accesses) {
    EscapeAll({&access.task, &access.what, &access.at});
    for (std::string& frame : access.stack) frame = Escape(frame);
  }
  for (std::string& column : report.columns) column = Escape(column);
  for (StepReport& step : report.steps) EscapeAll({&step.text, &step.at});
  AbbreviateLabels(&report);
  return report;
}

// -- What happened --------------------------------------------------------------------------------

bool IsReplay(const Report& report) { return report.strategy == "replay"; }

// "(schedule 217 of 1000, step 25)"
std::string WhereFound(const Report& report) {
  std::vector<std::string> parts;
  if (IsReplay(report)) {
    parts.push_back("replay");
  } else if (report.schedules_run > 0 && report.verdict != Verdict::kVacuous) {
    parts.push_back(absl::StrCat("schedule ", report.schedules_run));
    if (report.schedules_planned > 0) absl::StrAppend(&parts[0], " of ", report.schedules_planned);
  }
  if (report.step_count > 0) parts.push_back(absl::StrCat("step ", report.step_count));
  if (parts.empty()) return "";
  return "(" + parts[0] + (parts.size() > 1 ? ", " + parts[1] : "") + ")";
}

void AppendVerdict(const Report& report, std::string* out) {
  const std::string word = absl::AsciiStrToUpper(std::string(ToString(report.verdict)));
  const std::string where = WhereFound(report);
  const size_t hang = word.size() + 2;
  const bool fits = hang + Width(report.headline) + 1 + Width(where) <= kReportWidth;
  const std::string gap = report.headline.empty() || where.empty() ? "" : fits ? " " : "\n";
  AppendWrapped(out, word + "  ", hang, report.headline + gap + where);
}

// Only where no detail, task or access says it.
void AppendPlace(const Report& report, std::string* out) {
  const auto is_here = [&](const auto& other) { return other.at == report.at; };
  const auto says_it = [&](const std::string& detail) {
    return detail.find(report.at) != std::string::npos;
  };
  if (report.at.empty() || std::ranges::any_of(report.details, says_it) ||
      std::ranges::any_of(report.tasks, is_here) || std::ranges::any_of(report.accesses, is_here)) {
    return;
  }
  AppendWrapped(out, "  at ", 5, report.at);
}

void AppendDetails(const Report& report, std::string* out) {
  if (!report.coverage.empty()) AppendWrapped(out, "\n  ", 2, report.coverage);
  if (!report.details.empty()) *out += "\n";
  for (const std::string& detail : report.details) {
    for (const std::string& line : internal::SplitLines(detail)) {
      AppendWrapped(out, "  ", 4, line);
    }
  }
}

void AppendAccesses(const Report& report, std::string* out) {
  bool apart = true;  // accesses without stacks stand together
  for (const AccessReport& access : report.accesses) {
    if (apart || !access.stack.empty()) *out += "\n";
    apart = !access.stack.empty();
    AppendWrapped(
        out, "  ", 4,
        access.what + " by " + access.task + (access.at.empty() ? "" : " at " + access.at));
    const size_t frames = std::min(access.stack.size(), kMaxFrames);
    for (size_t i = 0; i < frames; ++i) {
      AppendWrapped(out, absl::StrFormat("    #%-2d ", i), 8, access.stack[i]);
    }
    if (const size_t more = access.stack.size() - frames; more > 0) {
      *out += "    ... and " + Count(more, "more frame") + "\n";
    }
  }
}

std::string OrDash(const std::string& text) { return text.empty() ? "-" : text; }

std::string StateCell(const TaskReport& task, bool all_blocked) {
  if (all_blocked) return OrDash(task.doing);
  if (task.doing.empty()) return OrDash(task.state);
  return task.state.empty() ? task.doing : task.state + ": " + task.doing;
}

void AppendTasks(const Report& report, std::string* out) {
  if (report.tasks.empty()) return;
  const bool all_blocked = std::ranges::all_of(
      report.tasks, [](const TaskReport& task) { return task.state == "blocked"; });
  const bool is_leak = report.verdict == Verdict::kLeak;
  std::vector<internal::TableRow> rows = {
      {"task", all_blocked ? "blocked in" : "state", "at", "holds"}};
  if (is_leak) rows[0].push_back("spawned at");
  for (const TaskReport& task : report.tasks) {
    rows.push_back({OrDash(task.label) + (task.daemon ? " (daemon)" : ""),
                    StateCell(task, all_blocked), OrDash(task.at), OrDash(task.holds)});
    if (is_leak) rows.back().push_back(OrDash(task.spawned_at));
  }
  *out += "\n" + internal::RenderTable(rows, 1, 2, kReportWidth);
}

void AppendReasons(const Report& report, std::string* out) {
  if (!report.why.empty() || !report.remedy.empty()) *out += "\n";
  std::string_view prefix = "  why: ";
  for (const std::string& reason : report.why) {
    AppendWrapped(out, prefix, 7, reason);
    prefix = "       ";
  }
  if (!report.remedy.empty()) AppendWrapped(out, "  try: ", 7, report.remedy);
}

// -- How to see it again --------------------------------------------------------------------------

// Never wrapped: it is to be pasted.
void AppendCommand(const std::string& setting, const std::string& command, std::string* out) {
  *out += "    " + setting + (command.empty() ? "" : " " + command) + "\n";
}

void AppendReproduce(const Report& report, std::string* out) {
  if (report.replay.empty() && report.schedule_file.empty()) return;
  const std::string how =
      report.command.empty() ? " (same binary, with this in its environment)" : " (same binary)";
  *out += "\n  reproduce" + how + ":\n";
  const std::string variables = report.variables + (report.variables.empty() ? "" : " ");
  if (!report.replay.empty()) AppendCommand(variables + report.replay, report.command, out);
  if (report.schedule_file.empty()) return;
  const std::string from_file = "HEDDLE_REPLAY=" + ShellQuoted("@" + report.schedule_file);
  if (report.replay == from_file) return;
  if (!report.replay.empty()) *out += "  or from the schedule file:\n";
  AppendCommand(variables + from_file, report.command, out);
}

// "0.08 s (2.7k/s)"
std::string Duration(double seconds, uint64_t schedules) {
  if (!std::isfinite(seconds) || seconds < 0) seconds = 0;
  std::string text = absl::StrFormat("%.2f s", seconds);
  if (seconds <= 0 || schedules < 2) return text;
  const double rate = static_cast<double>(schedules) / seconds;
  if (rate < 1e3) return text + absl::StrFormat(" (%.0f/s)", rate);
  if (rate < 1e6) return text + absl::StrFormat(" (%.1fk/s)", rate / 1e3);
  return text + absl::StrFormat(" (%.1fM/s)", rate / 1e6);
}

// The only line with times; tests/support/golden.h knows how it begins.
void AppendProvenance(const Report& report, std::string* out) {
  if (report.strategy.empty() && report.seed.empty() && report.schedules_run == 0) return;
  const bool vacuous = report.verdict == Verdict::kVacuous;
  std::string line = report.strategy.empty() ? "an unnamed strategy" : report.strategy;
  if (!report.seed.empty()) line += ", HEDDLE_SEED=" + report.seed;
  line += (vacuous ? ", " : ", after ") + Count(report.schedules_run, "schedule") + " in " +
          Duration(report.seconds, report.schedules_run);
  *out += "\n";
  AppendWrapped(out, vacuous ? "  explored by " : "  found by ", 4, line);
}

void AppendEvidence(const Report& report, std::string* out) {
  if (report.trace_hash != 0) {
    *out += absl::StrFormat("  trace hash %016x%s\n", report.trace_hash,
                            report.reproduced ? ", replayed with an identical trace" : "");
  }
  if (!report.reproduced && !report.not_reproduced.empty()) {
    AppendWrapped(out, "  NOT REPRODUCED: ", 4, report.not_reproduced);
  }
}

std::string RenderSuccess(const Report& report) {
  std::string line;
  if (report.verdict == Verdict::kPassed) {
    line = report.coverage.empty() ? Count(report.schedules_run, "schedule") : report.coverage;
    line += ", " + Count(report.total_steps, "step");
    if (report.cut > 0) line += absl::StrCat(", ", report.cut, " cut at max_steps");
    if (report.time_budget_ms > 0 && !report.coverage.empty()) {
      absl::StrAppend(&line, "; the time budget of ", report.time_budget_ms,
                      " ms ended the search");
    } else if (report.time_budget_ms > 0) {
      absl::StrAppend(&line, "; the time budget of ", report.time_budget_ms, " ms left out ",
                      report.schedules_planned - report.schedules_run, " of ",
                      report.schedules_planned, " schedules");
    }
    if (!report.seen.empty()) absl::StrAppend(&line, "; ", report.seen);
  } else {
    line = report.headline.empty() ? "no reason given" : report.headline;
  }
  std::string out;
  AppendWrapped(&out, std::string(ToString(report.verdict)) + ": ", 4, line);
  return out;
}

}  // namespace

std::string RenderText(const Report& raw) {
  const Report report = Prepared(raw);
  if (report.passed()) return RenderSuccess(report);
  std::string out;
  AppendVerdict(report, &out);
  AppendPlace(report, &out);
  AppendDetails(report, &out);
  AppendAccesses(report, &out);
  AppendTasks(report, &out);
  AppendReasons(report, &out);
  const std::string interleaving = internal::RenderInterleaving(report, out);
  if (!interleaving.empty()) out += "\n" + interleaving;
  AppendReproduce(report, &out);
  AppendProvenance(report, &out);
  AppendEvidence(report, &out);
  return out;
}

void PrintTo(const Report& report, std::ostream* out) {
  std::string text = RenderText(report);
  text.pop_back();  // the newline: gtest adds its own
  *out << text;
}

}  // namespace heddle
