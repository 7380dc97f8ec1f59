// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/interleaving.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "heddle/report/layout.h"
#include "heddle/report/table.h"

namespace heddle::internal {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kStepWidth = 4;
constexpr std::string_view kGap = "   ";
constexpr std::string_view kSwitch = " > ";

struct Row {
  std::string step;  // padded; blank for an announcement
  size_t column = 0;
  bool switched = false;
  std::string text;
  std::string at;
};

struct ColumnWidths {
  size_t text = 0;
  size_t at = 0;  // of the place behind the text, with the gap before it
  bool used = false;
};

std::string FileOf(const std::string& at) { return at.substr(0, at.rfind(':')); }

// The file that needs no name: that of the body's rows, else of the first row that has one.
std::string BodyFile(const std::vector<StepReport>& steps) {
  for (const StepReport& step : steps) {
    if (step.column == 0 && step.line != 0 && !step.at.empty()) return FileOf(step.at);
  }
  for (const StepReport& step : steps) {
    if (step.line != 0 && !step.at.empty()) return FileOf(step.at);
  }
  return "";
}

std::string Place(const StepReport& step, const std::string& file) {
  if (step.line == 0) return step.at == "-" ? "" : step.at;
  if (step.at.empty() || FileOf(step.at) == file) return ":" + std::to_string(step.line);
  return step.at;
}

std::vector<Row> LastRows(const Report& report, const std::string& file) {
  const size_t most = report.cycle_rows == 0 ? kMaxRows : std::min(kMaxRows, report.cycle_rows);
  const size_t skipped = report.steps.size() - std::min(report.steps.size(), most);
  uint64_t last = 0;  // the last rows may be announcements, which have no number
  for (const StepReport& step : report.steps) last = std::max(last, step.step);
  const size_t width = std::max(kStepWidth, std::to_string(last).size());
  std::vector<Row> rows;
  for (size_t i = skipped; i < report.steps.size(); ++i) {
    const StepReport& step = report.steps[i];
    Row row;
    row.step = PadLeft(step.step == 0 ? "" : std::to_string(step.step), width);
    row.column = step.column;
    row.switched = step.switched;
    row.text = step.text + (step.early ? " (early)" : "") + (step.blocked ? " !" : "");
    row.at = Place(step, file);
    rows.push_back(row);
  }
  return rows;
}

std::string LineOf(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return std::string(kIndent, ' ') + line + "\n";
}

// One line: the step, then per used column gap and cell, then the place if it is apart.
std::string GridLine(const Row& row, const std::vector<ColumnWidths>& widths, bool apart) {
  std::string line = row.step;
  for (size_t c = 0; c < widths.size(); ++c) {
    if (!widths[c].used) continue;
    const bool here = c == row.column;
    line += here && row.switched ? kSwitch : kGap;
    std::string cell = here ? PadRight(row.text, widths[c].text) : "";
    if (here && !apart && !row.at.empty()) cell += "  " + row.at;
    line += PadRight(cell, widths[c].text + widths[c].at);
  }
  if (apart) line += "  " + row.at;
  return LineOf(line);
}

// The widths of the columns that have a row, none if a row has no column.
std::vector<ColumnWidths> Measure(const Report& report, const std::vector<Row>& rows, bool apart) {
  std::vector<ColumnWidths> widths(report.columns.size());
  for (const Row& row : rows) {
    if (row.column >= widths.size()) return {};
    ColumnWidths& width = widths[row.column];
    width.used = true;
    width.text = std::max(width.text, Width(row.text));
    if (!apart && !row.at.empty()) width.at = std::max(width.at, 2 + Width(row.at));
  }
  for (size_t c = 0; c < widths.size(); ++c) {
    const size_t cell = std::max(widths[c].text + widths[c].at, Width(report.columns[c]));
    widths[c].text = cell - widths[c].at;
  }
  return widths;
}

// A column per task that has a row, places in the cells or (`apart`) in a last column; empty if
// that is too wide.
std::string Grid(const Report& report, const std::vector<Row>& rows, bool apart) {
  const std::vector<ColumnWidths> widths = Measure(report, rows, apart);
  if (widths.empty()) return "";
  std::string head = PadLeft("step", rows.front().step.size());
  for (size_t c = 0; c < widths.size(); ++c) {
    if (!widths[c].used) continue;
    head += std::string(kGap) + PadRight(report.columns[c], widths[c].text + widths[c].at);
  }
  std::vector<std::string> lines = {LineOf(head + (apart ? "  at" : ""))};
  for (const Row& row : rows) lines.push_back(GridLine(row, widths, apart));
  std::string out;
  for (const std::string& line : lines) {
    if (Width(line) > kReportWidth + 1) return "";  // + 1: the newline
    out += line;
  }
  return out;
}

std::string List(const Report& report, const std::vector<Row>& rows) {
  std::vector<TableRow> table = {
      {PadLeft("step", rows.front().step.size()), "  task", "operation", "at"}};
  for (const Row& row : rows) {
    const std::string task = row.column < report.columns.size() ? report.columns[row.column] : "?";
    table.push_back({row.step, (row.switched ? "> " : "  ") + task, row.text, row.at});
  }
  return RenderTable(table, 2, kIndent, kReportWidth);
}

std::string Notes(const Report& report, const std::string& file, const std::vector<Row>& rows,
                  std::string_view above) {
  std::string notes;
  const bool lines =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.at.starts_with(':'); });
  if (lines && !file.empty() && above.find(file + ":") == std::string_view::npos) {
    AppendWrapped(&notes, "  ", 4, "\":n\" is line n of " + file);
  }
  if (std::any_of(report.steps.end() - static_cast<std::ptrdiff_t>(rows.size()), report.steps.end(),
                  [](const StepReport& step) { return step.early; })) {
    notes += "  \"(early)\": the clock fired though a task could still run\n";
  }
  if (const size_t skipped = report.steps.size() - rows.size(); skipped > 0) {
    const std::string shown = rows.size() == 1 ? "row" : Count(rows.size(), "row");
    notes += "  the last " + shown +
             (report.cycle_rows == rows.size() ? ", over and over; " : "; ") +
             Count(skipped, "earlier one") + (skipped == 1 ? " is" : " are") + " left out\n";
  }
  return notes;
}

}  // namespace

std::string RenderInterleaving(const Report& report, std::string_view above) {
  if (report.steps.empty() && report.step_count == 0) return "";
  // Nothing was to be recorded: there was no time for a second run, or it went elsewhere.
  const bool recorded =
      report.verdict != Verdict::kDeadline && report.verdict != Verdict::kDiverged;
  if (report.steps.empty() && !recorded) return "";
  const std::string counts = "interleaving (" + Count(report.step_count, "step") + ", " +
                             Count(report.preemptions, "preemption");
  std::string out;
  if (report.steps.empty()) {
    AppendWrapped(&out, "  ", 4, counts + "): no history was recorded");
    return out;
  }
  AppendWrapped(&out, "  ", 4, counts + "; \">\" = switch, \"!\" = blocks here)");
  const std::string file = BodyFile(report.steps);
  const std::vector<Row> rows = LastRows(report, file);
  out += Notes(report, file, rows, above);
  for (const bool apart : {false, true}) {
    if (const std::string grid = Grid(report, rows, apart); !grid.empty()) return out + grid;
  }
  return out + List(report, rows);
}

}  // namespace heddle::internal
