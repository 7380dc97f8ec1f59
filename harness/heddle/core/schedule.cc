// SPDX-License-Identifier: Apache-2.0
//
// Tokens and schedule files. Both are a text of fixed frame: a start that names the version, the
// length of the whole, the contents, and a checksum of all before it. The length is what tells a
// text that was cut short from one that was altered; an altered length is told from both because
// the checksum holds once the true length is put in its place.
//
// Tokens are written digit by digit, not as bytes through a base64 library: whole bytes would leave
// bits in the last digit which a decoder ignores, so that altered tokens could pass, and no byte
// boundary would coincide with the length, which has to be readable in a token cut behind it.
#include "heddle/core/schedule.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <sstream>
#include <system_error>
#include <utility>

#include "heddle/core/random.h"

namespace heddle {
namespace {

constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();
constexpr uint16_t kMaxChoice = std::numeric_limits<uint16_t>::max();
constexpr uint16_t kMaxCheck = (1 << kDecisionCheckBits) - 1;

// -- The frame ------------------------------------------------------------------------------------

// What the two forms of a schedule are called in sentences.
struct Form {
  std::string_view unit;   // of the length
  std::string_view whole;  // what to copy
};

std::string CutShort(const Form& form, uint64_t actual, uint64_t stated) {
  const std::string of = stated == 0
                             ? " after " + std::to_string(actual)
                             : ": " + std::to_string(actual) + " of " + std::to_string(stated);
  return "is cut short" + of + " " + std::string(form.unit) + "; copy the whole " +
         std::string(form.whole);
}

std::string Altered(const Form& form, std::string_view how) {
  return "is altered: " + std::string(how) + "; copy the " + std::string(form.whole) + " again";
}

std::string OtherVersion(std::string_view version) {
  return "is of version v" + std::string(version.substr(0, 20)) +
         ", this build reads v1; replay it with the version of Heddle that wrote it";
}

// What is wrong with a frame; empty: nothing. `checksum_holds`: for the text with its actual length
// in place of the stated one.
std::string JudgeFrame(const Form& form, uint64_t stated, uint64_t actual, bool checksum_holds) {
  if (!checksum_holds && actual < stated) return CutShort(form, actual, stated);
  if (stated != actual) {
    return Altered(form, "it has " + std::to_string(actual) + " " + std::string(form.unit) +
                             " and says " + std::to_string(stated));
  }
  return checksum_holds ? "" : Altered(form, "its checksum does not hold");
}

// Adds a deviation that was decoded; false if no execution can have taken it.
bool AddDeviation(uint64_t index, Decision decision, Replay* replay) {
  const uint64_t first = replay->deviations.empty() ? 0 : replay->deviations.back().index + 1ull;
  if (index < first || index >= replay->decisions) return false;
  replay->deviations.push_back({static_cast<uint32_t>(index), decision});
  return true;
}

// `text` in quotes, fit to stand in a sentence: abbreviated, printable characters only.
std::string Quoted(std::string_view text) {
  constexpr size_t kHead = 32, kTail = 8;
  std::string quoted(text);
  if (quoted.size() > kHead + kTail + 3) {
    quoted = quoted.substr(0, kHead) + "..." + quoted.substr(quoted.size() - kTail);
  }
  for (char& c : quoted) {
    if (c < ' ' || c > '~') c = '?';
  }
  return '"' + quoted + '"';
}

std::string_view Trimmed(std::string_view text, std::string_view unwanted) {
  const size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

// The digits with which `text` begins.
std::string_view LeadingDecimals(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

TokenResult Refuse(std::string sentence) { return {std::nullopt, std::move(sentence)}; }

// -- Tokens ---------------------------------------------------------------------------------------

constexpr Form kToken = {.unit = "characters", .whole = "line"};
constexpr std::string_view kTokenStart = "v1:";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int kBitsPerDigit = 6;
constexpr size_t kLengthDigits = 2;
constexpr size_t kChecksumDigits = 5;
constexpr size_t kTokenFrame = kTokenStart.size() + kLengthDigits + kChecksumDigits;
constexpr size_t kMaxStatedLength = (1u << (kBitsPerDigit * kLengthDigits)) - 1;
constexpr int kTokenScenarioBits = 32;

uint64_t TokenScenario(uint64_t hash) { return hash >> (64 - kTokenScenarioBits); }

std::string ToDigits(uint64_t value, size_t count) {
  std::string digits(count, kDigits[0]);
  for (size_t i = count; i-- > 0; value >>= kBitsPerDigit) digits[i] = kDigits[value & 63];
  return digits;
}

// The length that a token of `length` characters states: those too long to be printed anyway may
// be longer than can be stated.
size_t StatedLength(size_t length) { return std::min(length, kMaxStatedLength); }

// Start, length, contents and checksum.
std::string FrameToken(std::string_view contents) {
  std::string token(kTokenStart);
  token += ToDigits(StatedLength(kTokenFrame + contents.size()), kLengthDigits);
  token += contents;
  return token + ToDigits(HashName(token), kChecksumDigits);
}

class BitWriter {
 public:
  void Bits(uint64_t value, int width) {
    while (width-- > 0) {
      digit_ = digit_ << 1 | (value >> width & 1);
      if (++used_ == kBitsPerDigit) Flush();
    }
  }
  void Number(uint32_t x) {
    const int width = static_cast<int>(std::bit_width(x + 1ull));
    Bits(0, width - 1);
    Bits(x + 1ull, width);
  }
  std::string Finish() {
    while (used_ != 0) Bits(0, 1);
    return std::move(digits_);
  }

 private:
  void Flush() {
    digits_ += kDigits[digit_];
    digit_ = 0;
    used_ = 0;
  }

  std::string digits_;
  size_t digit_ = 0;
  int used_ = 0;
};

// Reads zeros, and is no longer ok(), once something does not fit.
class BitReader {
 public:
  // `digits` holds digits of kDigits only.
  explicit BitReader(std::string_view digits) : digits_(digits) {}

  bool ok() const { return ok_; }

  uint64_t Bits(int width) {
    uint64_t value = 0;
    while (width-- > 0) value = value << 1 | Bit();
    return value;
  }
  uint32_t Number(uint32_t max) {
    int zeros = 0;
    while (ok_ && Bit() == 0) ok_ = ++zeros <= 32;
    if (!ok_) return 0;
    const uint64_t x = (1ull << zeros | Bits(zeros)) - 1;
    ok_ = ok_ && x <= max;
    return ok_ ? static_cast<uint32_t>(x) : 0;
  }
  // Whether nothing but the filling of the last digit is left.
  bool AtEnd() {
    if (digits_.size() * kBitsPerDigit - position_ >= kBitsPerDigit) return false;
    return Bits(static_cast<int>(digits_.size() * kBitsPerDigit - position_)) == 0;
  }

 private:
  uint64_t Bit() {
    const size_t digit = position_ / kBitsPerDigit;
    ok_ = ok_ && digit < digits_.size();
    if (!ok_) return 0;
    const int shift = kBitsPerDigit - 1 - static_cast<int>(position_++ % kBitsPerDigit);
    return kDigits.find(digits_[digit]) >> shift & 1;
  }

  std::string_view digits_;
  size_t position_ = 0;
  bool ok_ = true;
};

// What is wrong with a token that does not begin as one of this version does.
std::string WrongStart(std::string_view token) {
  if (kTokenStart.starts_with(token)) return CutShort(kToken, token.size(), 0);
  if (token.starts_with('v')) {
    const std::string_view version = LeadingDecimals(token.substr(1));
    if (!version.empty() && token.substr(1 + version.size(), 1) == ":") {
      return OtherVersion(version);
    }
  }
  return "is no replay token: it must start with \"v1:\"";
}

// What is wrong with the frame of a token; empty: nothing.
std::string WrongFrame(std::string_view token) {
  if (!token.starts_with(kTokenStart)) return WrongStart(token);
  const size_t foreign = token.find_first_not_of(kDigits, kTokenStart.size());
  if (foreign != std::string_view::npos) {
    return Altered(kToken, "its character " + std::to_string(foreign + 1) + " occurs in no token");
  }
  if (token.size() < kTokenStart.size() + kLengthDigits) return CutShort(kToken, token.size(), 0);

  const std::string_view rest = token.substr(kTokenStart.size());
  const size_t stated = BitReader(rest).Bits(kBitsPerDigit * kLengthDigits);
  bool holds = false;
  if (token.size() >= kTokenFrame) {
    const size_t contents = token.size() - kTokenFrame;
    const std::string right = FrameToken(rest.substr(kLengthDigits, contents));
    holds = right.substr(right.size() - kChecksumDigits) ==
            token.substr(token.size() - kChecksumDigits);
  }
  return JudgeFrame(kToken, stated, StatedLength(token.size()), holds);
}

// The contents between the length and the checksum; nullopt if no EncodeToken wrote them.
std::optional<Replay> ParseContents(std::string_view contents, uint64_t* scenario) {
  BitReader reader(contents);
  Replay replay;
  *scenario = reader.Bits(kTokenScenarioBits);
  replay.trace_hash = reader.Bits(64);
  replay.decisions = reader.Number(kMax32);
  const uint32_t count = reader.Number(kMax32);
  // No reserve(count): the count may be a lie. The digits bound how often this repeats.
  uint64_t index = 0;
  for (uint32_t i = 0; i < count && reader.ok(); ++i, ++index) {
    index += reader.Number(kMax32);
    Decision decision;
    decision.choice = static_cast<uint16_t>(reader.Number(kMaxChoice));
    decision.check = static_cast<uint16_t>(reader.Bits(kDecisionCheckBits));
    if (!reader.ok() || !AddDeviation(index, decision, &replay)) return std::nullopt;
  }
  if (!reader.ok() || !reader.AtEnd()) return std::nullopt;
  return replay;
}

// -- Schedule files -------------------------------------------------------------------------------

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

// A name on one line.
std::string OneLine(std::string_view name) {
  std::string line(name);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return line;
}

}  // namespace

std::string EncodeToken(const Replay& replay) {
  BitWriter writer;
  writer.Bits(TokenScenario(replay.scenario), kTokenScenarioBits);
  writer.Bits(replay.trace_hash, 64);
  writer.Number(replay.decisions);
  writer.Number(static_cast<uint32_t>(replay.deviations.size()));
  uint32_t next = 0;
  for (const Deviation& deviation : replay.deviations) {
    writer.Number(deviation.index - next);
    writer.Number(deviation.decision.choice);
    writer.Bits(deviation.decision.check, kDecisionCheckBits);
    next = deviation.index + 1;
  }
  return FrameToken(writer.Finish());
}

TokenResult DecodeToken(std::string_view token, std::optional<std::string_view> scenario) {
  token = Trimmed(token, " \t\r\n'\"");
  const std::string subject = "HEDDLE_REPLAY " + Quoted(token) + " ";
  if (std::string wrong = WrongFrame(token); !wrong.empty()) return Refuse(subject + wrong);

  uint64_t encoded_for = 0;
  std::optional<Replay> replay = ParseContents(
      token.substr(kTokenStart.size() + kLengthDigits, token.size() - kTokenFrame), &encoded_for);
  if (!replay) return Refuse(subject + Altered(kToken, "no execution has these decisions"));
  if (!scenario) return {std::move(replay), ""};
  replay->scenario = HashName(*scenario);
  if (encoded_for != TokenScenario(replay->scenario)) {
    return Refuse(subject + "belongs to another scenario than " + OneLine(*scenario) +
                  "; run the test that printed it");
  }
  return {std::move(replay), ""};
}

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
