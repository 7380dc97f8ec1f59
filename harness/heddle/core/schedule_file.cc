// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <sstream>
#include <system_error>
#include <utility>

#include "heddle/core/internal/schedule_frame.h"
#include "heddle/core/random.h"
#include "heddle/core/schedule.h"

namespace heddle {

using namespace internal;

namespace {

constexpr Form kFile = {.unit = "bytes", .whole = "file"};
constexpr std::string_view kFileStart = "# heddle schedule, version 1, ";
constexpr std::string_view kFileName = "# heddle schedule, version ";
constexpr size_t kFileLengthDigits = 10;
constexpr std::string_view kFileLengthUnit = " bytes\n";
constexpr std::string_view kFileChecksum = "checksum ";
constexpr size_t kFileChecksumDigits = 18;  // 0x and 16
constexpr size_t kFileHead = kFileStart.size() + kFileLengthDigits + kFileLengthUnit.size();
constexpr size_t kFileFrame = kFileHead + kFileChecksum.size() + kFileChecksumDigits;
constexpr std::string_view kWhitespace = " \t\r\n";

constexpr std::string_view kFileComment =
    "# The decisions in which one execution differs from the non-preemptive default.\n"
    "# Replay it with HEDDLE_REPLAY=@FILE. Do not edit: an altered file is refused.\n";

// `format` takes a width and a number.
std::string Printed(const char* format, size_t width, uint64_t number) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), format, static_cast<int>(width), number);
  return buffer;
}

std::string Hex(uint64_t number, size_t width) { return Printed("0x%0*" PRIx64, width, number); }

std::string FrameFile(std::string_view contents) {
  std::string file(kFileStart);
  file += Printed("%0*" PRIu64, kFileLengthDigits, kFileFrame + contents.size());
  file += kFileLengthUnit;
  file += contents;
  file += kFileChecksum;
  return file + Hex(HashName(file), 16);
}

// Reads words between white space; no longer ok() once one is not what was asked for. Lines that
// begin with '#' are comments.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : in_(std::string(text)) {}

  bool ok() const { return ok_; }

  void Expect(std::string_view word) { ok_ = ok_ && Word() == word; }

  // The rest of the line.
  std::string Line() {
    std::string line;
    std::getline(in_, line);
    return std::string(Trimmed(line, kWhitespace));
  }

  // "label number", the number in decimal or, after 0x, in hexadecimal.
  uint64_t Field(std::string_view label, uint64_t max) {
    Expect(label);
    const std::string word = Word();
    const bool hex = word.starts_with("0x");
    const char* const end = word.data() + word.size();
    uint64_t value = 0;
    const auto parsed = std::from_chars(word.data() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
    ok_ = ok_ && parsed.ec == std::errc() && parsed.ptr == end && value <= max;
    return ok_ ? value : 0;
  }

  bool AtEnd() { return Word().empty(); }

 private:
  std::string Word() {
    std::string word;
    while (in_ >> word && word[0] == '#') Line();
    return in_ ? word : "";
  }

  std::istringstream in_;
  bool ok_ = true;
};

std::string WrongFileStart(std::string_view file) {
  if (kFileStart.starts_with(file)) return CutShort(kFile, file.size(), 0);
  if (file.starts_with(kFileName)) {
    const std::string_view version = LeadingDecimals(file.substr(kFileName.size()));
    if (!version.empty() && version != "1") return OtherVersion(version);
  }
  return "is none: it must start with " + Quoted(kFileStart);
}

// What is wrong with the frame of a schedule file without white space around it; empty: nothing.
std::string WrongFileFrame(std::string_view file) {
  if (!file.starts_with(kFileStart)) return WrongFileStart(file);
  const std::string_view digits = file.substr(kFileStart.size(), kFileLengthDigits);
  if (LeadingDecimals(digits).size() != digits.size()) {
    return Altered(kFile, "its first line states no length");
  }
  if (file.size() < kFileHead) return CutShort(kFile, file.size(), 0);

  uint64_t stated = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), stated);
  bool holds = false;
  if (file.size() >= kFileFrame) {
    // Compared in full but for the length: the words of the frame are not covered by the checksum.
    const std::string right = FrameFile(file.substr(kFileHead, file.size() - kFileFrame));
    constexpr size_t kAfter = kFileStart.size() + kFileLengthDigits;
    holds = std::string_view(right).substr(kAfter) == file.substr(kAfter);
  }
  return JudgeFrame(kFile, stated, file.size(), holds);
}

std::optional<Replay> ParseFileContents(std::string_view contents, std::string* scenario) {
  WordReader reader(contents);
  Replay replay;
  reader.Expect("scenario");
  *scenario = reader.Line();
  replay.scenario = reader.Field("scenario_hash", kMax64);
  replay.trace_hash = reader.Field("trace_hash", kMax64);
  replay.decisions = static_cast<uint32_t>(reader.Field("decisions", kMax32));
  const uint64_t count = reader.Field("deviations", kMax32);
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const uint64_t index = reader.Field("decision", kMax32);
    Decision decision;
    decision.choice = static_cast<uint16_t>(reader.Field("choice", kMaxChoice));
    decision.check = static_cast<uint16_t>(reader.Field("check", kMaxCheck));
    if (!reader.ok() || !AddDeviation(index, decision, &replay)) return std::nullopt;
  }
  if (!reader.ok() || !reader.AtEnd()) return std::nullopt;
  return replay;
}

}  // namespace

std::string EncodeScheduleFile(const Replay& replay, std::string_view scenario) {
  std::string contents(kFileComment);
  contents += "scenario " + OneLine(scenario) + "\n";
  contents += "scenario_hash " + Hex(replay.scenario, 16) + "\n";
  contents += "trace_hash " + Hex(replay.trace_hash, 16) + "\n";
  contents += "decisions " + std::to_string(replay.decisions) + "\n";
  contents += "deviations " + std::to_string(replay.deviations.size()) + "\n";
  for (const auto& [index, decision] : replay.deviations) {
    contents += "decision " + std::to_string(index) + " choice " + std::to_string(decision.choice) +
                " check " + Hex(decision.check, kDecisionCheckBits / 4) + "\n";
  }
  return FrameFile(contents) + "\n";
}

TokenResult DecodeScheduleFile(std::string_view contents,
                               std::optional<std::string_view> scenario) {
  const std::string_view file = Trimmed(contents, kWhitespace);
  const std::string subject = "the schedule file ";
  if (std::string wrong = WrongFileFrame(file); !wrong.empty()) return Refuse(subject + wrong);

  std::string name;
  std::optional<Replay> replay =
      ParseFileContents(file.substr(kFileHead, file.size() - kFileFrame), &name);
  if (!replay) return Refuse(subject + Altered(kFile, "no execution has these decisions"));
  if (scenario && replay->scenario != HashName(*scenario)) {
    return Refuse(subject + "belongs to another scenario than " + OneLine(*scenario) + ": to " +
                  name);
  }
  return {std::move(replay), ""};
}

}  // namespace heddle
