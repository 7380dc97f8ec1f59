// SPDX-License-Identifier: Apache-2.0
//
// Tokens outlive the build that printed them: the golden token and the golden file here never
// change, and whatever befalls a token on its way (cut by a log, altered by a hand, meant for
// another test) is refused with a sentence that says what befell it.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/core/schedule.h"
#include "support/replays.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Matcher;
using ::testing::Not;
using ::testing::StartsWith;

// The sentence with which a token is refused; empty if it is not.
std::string TokenError(std::string_view token, std::string_view name = kName) {
  TokenResult result = DecodeToken(token, name);
  EXPECT_EQ(result.replay.has_value(), result.error.empty()) << token;
  return result.error;
}

// -- Tokens that were not written by EncodeToken --------------------------------------------------

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string Bits(uint64_t value, int width) {
  std::string bits;
  for (int bit = width - 1; bit >= 0; --bit) bits += value >> bit & 1 ? '1' : '0';
  return bits;
}

std::string Number(uint64_t x) {
  const int width = static_cast<int>(std::bit_width(x + 1));
  return std::string(width - 1, '0') + Bits(x + 1, width);
}

std::string Digits(std::string bits) {
  while (bits.size() % 6 != 0) bits += '0';
  std::string digits;
  for (size_t i = 0; i < bits.size(); i += 6) {
    digits += kDigits[std::stoul(bits.substr(i, 6), nullptr, 2)];
  }
  return digits;
}

// A token with a right length and a right checksum around these bits.
std::string Framed(const std::string& bits) {
  const std::string contents = Digits(bits);
  std::string token = "v1:" + Digits(Bits(3 + 2 + contents.size() + 5, 12)) + contents;
  return token + Digits(Bits(HashName(token) & ((1u << 30) - 1), 30));
}

std::string Head() { return Bits(HashName(kName) >> 32, 32) + Bits(0x0123456789abcdefu, 64); }

// -- Tokens: round trip and size ------------------------------------------------------------------

TEST(TokenTest, Golden) {
  EXPECT_EQ(EncodeToken(Sample()), kGoldenToken);
  const TokenResult result = DecodeToken(kGoldenToken, kName);
  EXPECT_THAT(result.error, IsEmpty());
  EXPECT_EQ(result.replay, Sample());
}

TEST(TokenTest, GoldenWithoutDeviations) {
  const Replay replay{
      .scenario = HashName(kName), .trace_hash = 0, .decisions = 0, .deviations = {}};
  EXPECT_EQ(EncodeToken(replay), "v1:AbszaWRAAAAAAAAAAAwsvltZ");
  EXPECT_EQ(DecodeToken("v1:AbszaWRAAAAAAAAAAAwsvltZ", kName).replay, replay);
}

TEST(TokenTest, GoldenWithTheGreatestNumbers) {
  const std::string token = EncodeToken(GreatestReplay());
  EXPECT_EQ(token, "v1:A-szaWRP__________AAAAAIAAAAA4AAQAA_wAAAAH____8AAEAAP8GFkoL");
  EXPECT_EQ(DecodeToken(token, kName).replay, GreatestReplay());
}

// The code has one thread.
constexpr int kTries = HEDDLE_TSAN ? 2'000 : 20'000;

TEST(TokenTest, RoundTrips) {
  Random random(1);
  for (int i = 0; i < kTries; ++i) {
    const Replay replay = AnyReplay(random, i % 50);
    const std::string token = EncodeToken(replay);
    const TokenResult result = DecodeToken(token, kName);
    ASSERT_EQ(result.replay, replay) << token << "\n" << result.error;
  }
}

TEST(TokenTest, RoundTripsBeyondThePrintedLength) {
  Replay replay{
      .scenario = HashName(kName), .trace_hash = 7, .decisions = 100'000, .deviations = {}};
  for (uint32_t i = 0; i < 50'000; ++i) replay.deviations.push_back({2 * i, {1, 0x42}});
  const std::string token = EncodeToken(replay);
  EXPECT_GT(token.size(), 100'000u);
  EXPECT_EQ(DecodeToken(token, kName).replay, replay);
  EXPECT_THAT(TokenError(token.substr(0, 3000)), kSaysCut);
  EXPECT_THAT(TokenError(token.substr(0, 50'000)), kSaysAltered) << "longer than can be stated";
}

TEST(TokenTest, NeedsNoQuotingInAnyShell) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    const std::string token = EncodeToken(AnyReplay(random, 50));
    ASSERT_THAT(token, StartsWith("v1:"));
    ASSERT_EQ(token.find_first_not_of(kDigits, 3), std::string::npos) << token;
  }
}

TEST(TokenTest, WhiteSpaceAndQuotesAroundItAreIgnored) {
  const std::string token(kGoldenToken);
  for (const std::string& pasted : {token + "\n", token + " \r\n", "  " + token, "'" + token + "'",
                                    "\"" + token + "\"", " '" + token + "' \n"}) {
    EXPECT_EQ(DecodeToken(pasted, kName).replay, Sample()) << pasted;
  }
}

TEST(TokenTest, WithoutAScenarioAnyIsDecoded) {
  EXPECT_TRUE(DecodeToken(kGoldenToken, std::nullopt).replay.has_value());
  EXPECT_FALSE(DecodeToken(kGoldenToken, "another").replay.has_value());
  EXPECT_THAT(DecodeToken("nonsense", std::nullopt).error,
              StartsWith("HEDDLE_REPLAY \"nonsense\""));
}

// How many deviations fit into kMaxTokenLength, if `distance` and `choice` are drawn for each.
template <typename Distance, typename Choice>
uint32_t Fitting(Distance distance, Choice choice) {
  Random random(3);
  Replay replay{.scenario = HashName(kName), .trace_hash = 1, .decisions = 0, .deviations = {}};
  while (true) {
    const uint32_t index = replay.decisions + distance(random);
    replay.deviations.push_back({index, {static_cast<uint16_t>(choice(random)), 0}});
    replay.decisions = index + 1;
    if (EncodeToken(replay).size() > kMaxTokenLength) {
      return static_cast<uint32_t>(replay.deviations.size() - 1);
    }
  }
}

// A random walk over `tasks` tasks, all of them runnable, deviates unless it draws the last one.
uint32_t FittingRandomWalk(uint32_t tasks) {
  auto distance = [tasks](Random& random) {
    uint32_t undisturbed = 0;
    while (random.Below(tasks) == 0) ++undisturbed;
    return undisturbed;
  };
  return Fitting(distance, [tasks](Random& random) { return random.Below(tasks); });
}

TEST(TokenTest, HowManyDeviationsFitIntoAPrintedToken) {
  EXPECT_EQ(FittingRandomWalk(2), 81u);
  EXPECT_EQ(FittingRandomWalk(3), 83u);
  EXPECT_EQ(FittingRandomWalk(5), 80u);
  EXPECT_EQ(FittingRandomWalk(10), 74u);
  EXPECT_EQ(FittingRandomWalk(100), 52u);
  // Preemptions of a shrunk or a long execution: far apart.
  auto few = [](Random& random) { return random.Below(4); };
  EXPECT_EQ(Fitting([](Random& random) { return random.Below(100); }, few), 47u);
  EXPECT_EQ(Fitting([](Random& random) { return random.Below(10'000); }, few), 28u);
  // The same with ten thousand tasks.
  auto many = [](Random& random) { return random.Below(10'000); };
  EXPECT_EQ(Fitting(many, many), 17u);
}

// -- Tokens: what may befall them -----------------------------------------------------------------

TEST(TokenTest, EveryCutIsSaidToBeOne) {
  for (size_t length = 0; length < kGoldenToken.size(); ++length) {
    const std::string_view cut = kGoldenToken.substr(0, length);
    EXPECT_THAT(TokenError(cut), kSaysCut) << cut;
    if (length >= 5) {
      EXPECT_THAT(TokenError(cut), HasSubstr(": " + std::to_string(length) + " of " +
                                             std::to_string(kGoldenToken.size()) + " characters;"));
    }
  }
}

TEST(TokenTest, EveryAlterationOfACharacterIsSaidToBeOne) {
  for (size_t position = 0; position < kGoldenToken.size(); ++position) {
    for (int c = 0; c < 256; ++c) {
      std::string altered(kGoldenToken);
      altered[position] = static_cast<char>(c);
      if (altered == kGoldenToken) continue;
      const bool trimmed =
          std::string_view(" \t\r\n'\"").find(static_cast<char>(c)) != std::string_view::npos;
      Matcher<const std::string&> says = kSaysAltered;
      if (position + 1 == altered.size() && trimmed) says = kSaysCut;
      if (position < 3) says = kSaysNoToken;
      if (position == 1 && c >= '0' && c <= '9') says = kSaysVersion;
      EXPECT_THAT(TokenError(altered), says) << "character " << position << " = " << c;
    }
  }
}

TEST(TokenTest, EveryLostDoubledOrSwappedCharacterIsRefused) {
  for (size_t position = 0; position < kGoldenToken.size(); ++position) {
    std::string lost(kGoldenToken), doubled(kGoldenToken), swapped(kGoldenToken);
    lost.erase(position, 1);
    EXPECT_THAT(TokenError(lost), Not(IsEmpty())) << position;
    doubled.insert(position, 1, doubled[position]);
    EXPECT_THAT(TokenError(doubled), Not(IsEmpty())) << position;
    if (position > 0) std::swap(swapped[position - 1], swapped[position]);
    if (swapped == kGoldenToken) continue;
    EXPECT_THAT(TokenError(swapped), Not(IsEmpty())) << position;
  }
}

TEST(TokenTest, EveryCutAndManyAlterationsOfManyTokensAreRefused) {
  Random random(4);
  for (int i = 0; i < 200; ++i) {
    const std::string token = EncodeToken(AnyReplay(random, 20));
    for (size_t length = 0; length < token.size(); ++length) {
      ASSERT_THAT(TokenError(token.substr(0, length)), kSaysCut) << token;
    }
    for (size_t position = 3; position < token.size(); ++position) {
      std::string altered = token;
      altered[position] = kDigits[random.Below(64)];
      if (altered == token) continue;
      ASSERT_THAT(TokenError(altered), kSaysAltered) << altered;
    }
  }
}

TEST(TokenTest, OfAnotherScenario) {
  EXPECT_EQ(TokenError(kGoldenToken, "Suite.Test"),
            "HEDDLE_REPLAY \"" + std::string(kGoldenToken) +
                "\" belongs to another scenario than Suite.Test; run the test that printed it");
  EXPECT_THAT(TokenError(kGoldenToken, ""), kSaysScenario);
}

TEST(TokenTest, OfAnotherVersion) {
  EXPECT_EQ(TokenError("v7:AbC"),
            "HEDDLE_REPLAY \"v7:AbC\" is of version v7, this build reads v1; replay it with the "
            "version of Heddle that wrote it");
  EXPECT_THAT(TokenError("v0:"), kSaysVersion);
  EXPECT_THAT(TokenError("v12:x!"), AllOf(kSaysVersion, HasSubstr("version v12,")));
}

TEST(TokenTest, ThatIsNone) {
  EXPECT_EQ(TokenError("hello"),
            "HEDDLE_REPLAY \"hello\" is no replay token: it must start with \"v1:\"");
  for (std::string_view none : {"0x5eed:216", "V1:abc", "v:", "va:", "1:", "@file", "v1;AtabAtab",
                                "HEDDLE_REPLAY=v1:AtabAtab"}) {
    EXPECT_THAT(TokenError(none), kSaysNoToken) << none;
  }
}

TEST(TokenTest, SentencesNameTheRemedy) {
  EXPECT_EQ(TokenError(""),
            "HEDDLE_REPLAY \"\" is cut short after 0 characters; copy the whole line");
  EXPECT_EQ(TokenError(kGoldenToken.substr(0, 7)),
            "HEDDLE_REPLAY \"" + std::string(kGoldenToken.substr(0, 7)) + "\" is cut short: 7 of " +
                std::to_string(kGoldenToken.size()) + " characters; copy the whole line");
  std::string altered(kGoldenToken);
  altered[20] = altered[20] == 'x' ? 'y' : 'x';
  EXPECT_THAT(TokenError(altered),
              HasSubstr("\" is altered: its checksum does not hold; copy the line again"));
  altered[20] = '!';
  EXPECT_THAT(TokenError(altered),
              HasSubstr("\" is altered: its character 21 occurs in no token; copy the line again"));
  EXPECT_THAT(TokenError(std::string(kGoldenToken) + "A"),
              HasSubstr("\" is altered: it has " + std::to_string(kGoldenToken.size() + 1) +
                        " characters and says " + std::to_string(kGoldenToken.size()) + "; "));
}

TEST(TokenTest, SentencesQuoteLittleAndPrintably) {
  const std::string error = TokenError("v2:\x1b[31m\n\xff" + std::string(100'000, 'x') + "tail");
  EXPECT_THAT(error, HasSubstr("\"v2:?[31m??xxx"));
  EXPECT_THAT(error, HasSubstr("...xxxxtail\""));
  EXPECT_LT(error.size(), 200u);
  EXPECT_LT(TokenError("v" + std::string(100'000, '9') + ":").size(), 250u);
}

TEST(TokenTest, WithoutSenseUnderARightChecksum) {
  const std::string one = Number(0) + Number(1) + Bits(0x5c, 8);
  ASSERT_THAT(TokenError(Framed(Head() + Number(5) + Number(1) + one)), IsEmpty());
  const auto says = HasSubstr(" is altered: no execution has these decisions; ");
  // Nothing; half a head; counts that are a lie, up to one that no memory would hold.
  EXPECT_THAT(TokenError(Framed("")), says);
  EXPECT_THAT(TokenError(Framed(Bits(0, 32))), says);
  EXPECT_THAT(TokenError(Framed(Head())), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(5) + Number(2) + one)), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(kMax32) + Number(kMax32) + one)), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(5) + Number(0) + one)), says);
  // A deviation behind the last decision; indices and numbers beyond 32 and 16 bits.
  EXPECT_THAT(TokenError(Framed(Head() + Number(0) + Number(1) + one)), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(1) + Number(2) + one + one)), says);
  const std::string far = Number(kMax32) + Number(0) + Bits(0, 8);
  EXPECT_THAT(TokenError(Framed(Head() + Number(kMax32) + Number(3) + far + far + far)), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(kMax32 + 1ull) + Number(0))), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(5) + Number(1) + Number(0) + Number(1u << 16) +
                                Bits(0, 8))),
              says);
  // A number of 65 bits, whose upper bit a shift could lose.
  const std::string wide = std::string(64, '0') + Bits(1, 1) + std::string(64, '0');
  EXPECT_THAT(TokenError(Framed(Head() + wide + Number(0))), says);
  // A number of zeros only; bits in the filling; digits behind the end.
  EXPECT_THAT(TokenError(Framed(Head() + std::string(600, '0'))), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(0) + Number(0) + "1")), says);
  EXPECT_THAT(TokenError(Framed(Head() + Number(0) + Number(0) + std::string(6, '0'))), says);
}

TEST(TokenTest, GarbageIsRefused) {
  Random random(5);
  for (int i = 0; i < kTries; ++i) {
    std::string garbage = i % 2 == 0 ? "v1:" : "";
    const uint32_t length = random.Below(300);
    for (uint32_t n = 0; n < length; ++n) {
      garbage += i % 4 < 2 ? kDigits[random.Below(64)] : static_cast<char>(random.Below(256));
    }
    ASSERT_THAT(TokenError(garbage), StartsWith("HEDDLE_REPLAY \""));
  }
}

TEST(TokenTest, GarbageUnderARightChecksumIsNoHarm) {
  Random random(6);
  for (int i = 0; i < kTries; ++i) {
    std::string bits = Head();
    const uint32_t length = random.Below(400);
    for (uint32_t n = 0; n < length; ++n) bits += random.Below(2) == 0 ? '0' : '1';
    const TokenResult result = DecodeToken(Framed(bits), kName);
    if (!result.replay) continue;
    ASSERT_EQ(DecodeToken(EncodeToken(*result.replay), kName).replay, result.replay);
  }
}

}  // namespace
}  // namespace heddle
