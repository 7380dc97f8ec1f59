// SPDX-License-Identifier: Apache-2.0
//
// Tokens are written digit by digit, not as bytes through a base64 library: whole bytes would leave
// bits in the last digit which a decoder ignores, so that altered tokens could pass, and no byte
// boundary would coincide with the length, which has to be readable in a token cut behind it.
#include <algorithm>
#include <bit>
#include <charconv>
#include <system_error>
#include <utility>

#include "heddle/core/internal/schedule_frame.h"
#include "heddle/core/random.h"
#include "heddle/core/schedule.h"

namespace heddle {

using namespace internal;

namespace {

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

}  // namespace heddle
