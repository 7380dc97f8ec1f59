// SPDX-License-Identifier: Apache-2.0
//
// Tokens outlive the build that printed them: the golden token and the golden file here never
// change, and whatever befalls a token on its way (cut by a log, altered by a hand, meant for
// another test) is refused with a sentence that says what befell it.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/random.h"
#include "heddle/core/schedule.h"
#include "support/replays.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Matcher;

constexpr std::string_view kGoldenFile =
    "# heddle schedule, version 1, 0000000452 bytes\n"
    "# The decisions in which one execution differs from the non-preemptive default.\n"
    "# Replay it with HEDDLE_REPLAY=@FILE. Do not edit: an altered file is refused.\n"
    "scenario CheckoutTest.DrainsOnClose\n"
    "scenario_hash 0xb3369644a47becfd\n"
    "trace_hash 0x0123456789abcdef\n"
    "decisions 41\n"
    "deviations 3\n"
    "decision 0 choice 1 check 0x5c\n"
    "decision 3 choice 2 check 0x00\n"
    "decision 17 choice 0 check 0xff\n"
    "checksum 0x811ee0c9ddfccfdc\n";

std::string FileError(std::string_view contents, std::string_view name = kName) {
  TokenResult result = DecodeScheduleFile(contents, name);
  EXPECT_EQ(result.replay.has_value(), result.error.empty()) << contents;
  return result.error;
}

// A file with a right length and a right checksum around these lines.
std::string FramedFile(const std::string& lines) {
  std::string length = std::to_string(30 + 10 + 7 + lines.size() + 9 + 18);
  length.insert(0, 10 - length.size(), '0');
  std::string file = "# heddle schedule, version 1, " + length + " bytes\n" + lines + "checksum ";
  char checksum[32];
  std::snprintf(checksum, sizeof(checksum), "0x%016llx",
                static_cast<unsigned long long>(HashName(file)));
  return file + checksum + "\n";
}

std::string HeadLines() {
  char hash[32];
  std::snprintf(hash, sizeof(hash), "0x%llx", static_cast<unsigned long long>(HashName(kName)));
  return "scenario X\nscenario_hash " + std::string(hash) + "\ntrace_hash 0x1\n";
}

TEST(ScheduleFileTest, Golden) {
  EXPECT_EQ(EncodeScheduleFile(Sample(), kName), kGoldenFile);
  const TokenResult result = DecodeScheduleFile(kGoldenFile, kName);
  EXPECT_THAT(result.error, IsEmpty());
  EXPECT_EQ(result.replay, Sample());
}

TEST(ScheduleFileTest, RoundTrips) {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const Replay replay = AnyReplay(random, i % 200);
    const TokenResult result = DecodeScheduleFile(EncodeScheduleFile(replay, kName), kName);
    ASSERT_EQ(result.replay, replay) << result.error;
  }
  const std::string greatest = EncodeScheduleFile(GreatestReplay(), kName);
  EXPECT_EQ(DecodeScheduleFile(greatest, kName).replay, GreatestReplay());
}

TEST(ScheduleFileTest, HasNoLimitOfLength) {
  Replay replay{
      .scenario = HashName(kName), .trace_hash = 7, .decisions = 200'000, .deviations = {}};
  for (uint32_t i = 0; i < 100'000; ++i) replay.deviations.push_back({2 * i, {1, 0x42}});
  EXPECT_EQ(DecodeScheduleFile(EncodeScheduleFile(replay, kName), kName).replay, replay);
}

TEST(ScheduleFileTest, AnyNameOfAScenarioStaysOnItsLine) {
  for (std::string_view name :
       {"", " ", "# no comment", "two\nlines", "checksum 0x0", "\xc3\xa9"}) {
    Replay replay = Sample();
    replay.scenario = HashName(name);
    EXPECT_EQ(DecodeScheduleFile(EncodeScheduleFile(replay, name), name).replay, replay) << name;
  }
}

TEST(ScheduleFileTest, WithoutAScenarioAnyIsDecoded) {
  EXPECT_EQ(DecodeScheduleFile(kGoldenFile, std::nullopt).replay, Sample());
  EXPECT_FALSE(DecodeScheduleFile(kGoldenFile, "another").replay.has_value());
  EXPECT_NE(DecodeScheduleFile("nonsense", std::nullopt).error, "");
}

TEST(ScheduleFileTest, WhiteSpaceAroundItIsIgnored) {
  const std::string file(kGoldenFile);
  EXPECT_EQ(DecodeScheduleFile("\n" + file + "\n\n", kName).replay, Sample());
  EXPECT_EQ(DecodeScheduleFile(file.substr(0, file.size() - 1), kName).replay, Sample());
}

TEST(ScheduleFileTest, EveryCutIsSaidToBeOne) {
  // But for the newline at the end.
  for (size_t length = 0; length + 1 < kGoldenFile.size(); ++length) {
    EXPECT_THAT(FileError(kGoldenFile.substr(0, length)), kSaysCut) << length;
  }
}

TEST(ScheduleFileTest, EveryAlterationOfACharacterIsSaidToBeOne) {
  constexpr size_t kLine = std::string_view("# heddle schedule, version 1, ").size();
  for (size_t position = 0; position + 1 < kGoldenFile.size(); ++position) {
    for (int c = 0; c < 256; ++c) {
      std::string altered(kGoldenFile);
      altered[position] = static_cast<char>(c);
      if (altered == kGoldenFile) continue;
      const bool trimmed =
          std::string_view(" \t\r\n").find(static_cast<char>(c)) != std::string_view::npos;
      Matcher<const std::string&> says = kSaysAltered;
      if (position + 2 == altered.size() && trimmed) says = kSaysCut;
      if (position < kLine) says = AnyOf(kSaysNoFile, kSaysVersion);
      EXPECT_THAT(FileError(altered), says) << "character " << position << " = " << c;
    }
  }
}

TEST(ScheduleFileTest, OfAnotherScenario) {
  EXPECT_EQ(FileError(kGoldenFile, "Suite.Test"),
            "the schedule file belongs to another scenario than Suite.Test: to "
            "CheckoutTest.DrainsOnClose");
}

TEST(ScheduleFileTest, OfAnotherVersion) {
  EXPECT_EQ(FileError("# heddle schedule, version 12, whatever\n"),
            "the schedule file is of version v12, this build reads v1; replay it with the version "
            "of Heddle that wrote it");
}

TEST(ScheduleFileTest, ThatIsNone) {
  EXPECT_EQ(FileError("hello"),
            "the schedule file is none: it must start with \"# heddle schedule, version 1, \"");
  EXPECT_THAT(FileError(kGoldenToken), kSaysNoFile);
}

TEST(ScheduleFileTest, SentencesNameTheRemedy) {
  EXPECT_EQ(FileError(kGoldenFile.substr(0, 100)), "the schedule file is cut short: 100 of " +
                                                       std::to_string(kGoldenFile.size() - 1) +
                                                       " bytes; copy the whole file");
  EXPECT_EQ(FileError(""), "the schedule file is cut short after 0 bytes; copy the whole file");
  std::string altered(kGoldenFile);
  altered[100] = '!';
  EXPECT_EQ(FileError(altered),
            "the schedule file is altered: its checksum does not hold; copy the file again");
}

TEST(ScheduleFileTest, WithoutSenseUnderARightChecksum) {
  const std::string head = HeadLines();
  ASSERT_THAT(FileError(FramedFile(head + "decisions 5\n# a comment\ndeviations 1\n\n"
                                          "decision 0 choice 1 check 0x5c\n")),
              IsEmpty());
  for (std::string_view lines :
       {"", "decisions 5\n", "decisions 5\ndeviations 1\n", "decisions 5\ndeviations 4294967295\n",
        "decisions 4294967296\ndeviations 0\n", "decisions -1\ndeviations 0\n",
        "decisions five\ndeviations 0\n", "decisions 0x\ndeviations 0\n",
        "decisions 5 5\ndeviations 0\n", "deviations 0\ndecisions 5\n",
        "decisions 5\ndeviations 0\ndecision 0 choice 1 check 0x5c\n",
        "decisions 5\ndeviations 1\ndecision 5 choice 1 check 0x5c\n",
        "decisions 5\ndeviations 1\ndecision 0 choice 65536 check 0x5c\n",
        "decisions 5\ndeviations 1\ndecision 0 choice 1 check 0x100\n",
        "decisions 5\ndeviations 1\ndecision 0 choice 1\n",
        "decisions 5\ndeviations 2\ndecision 1 choice 1 check 0x5c\n"
        "decision 1 choice 1 check 0x5c\n"}) {
    EXPECT_THAT(FileError(FramedFile(head + std::string(lines))),
                HasSubstr(" is altered: no execution has these decisions; "))
        << lines;
  }
}

}  // namespace
}  // namespace heddle
