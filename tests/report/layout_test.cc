// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace heddle::internal {
namespace {

using testing::ElementsAre;

TEST(LayoutTest, WidthCountsCodePoints) {
  EXPECT_EQ(Width(""), 0u);
  EXPECT_EQ(Width("abc"), 3u);
  EXPECT_EQ(Width("\xc3\xa9\xe2\x86\x92"), 2u);
  EXPECT_EQ(PadRight("\xc3\xa9", 3), "\xc3\xa9  ");
  EXPECT_EQ(PadLeft("ab", 3), " ab");
  EXPECT_EQ(PadLeft("abcd", 3), "abcd");
}

TEST(LayoutTest, EscapeKeepsTextOnOneLine) {
  EXPECT_EQ(Escape("a\nb\tc\x1b\x7f"), "a\\nb\\tc\\x1b\\x7f");
}

TEST(LayoutTest, SplitLinesKeepsEmptyLines) {
  EXPECT_THAT(SplitLines(""), ElementsAre(""));
  EXPECT_THAT(SplitLines("a\r\n\n\tb\n"), ElementsAre("a", "", "    b", ""));
}

TEST(LayoutTest, WrapBreaksAtSpacesElseInWords) {
  EXPECT_THAT(Wrap("", 5, 5), ElementsAre(""));
  EXPECT_THAT(Wrap("one two three", 7, 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one two three", 8, 3), ElementsAre("one two", "thr", "ee"));
  EXPECT_THAT(Wrap("abcdefgh", 3, 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(Wrap("  abcdef", 4, 4), ElementsAre("  ab", "cdef"));
  EXPECT_THAT(Wrap("\xc3\xa9\xc3\xa9\xc3\xa9", 2, 2), ElementsAre("\xc3\xa9\xc3\xa9", "\xc3\xa9"));
}

TEST(LayoutTest, AppendWrappedHangs) {
  std::string out;
  AppendWrapped(&out, "  why: ", 7, std::string(93, 'x') + " tail\nnext");
  EXPECT_EQ(out, "  why: " + std::string(93, 'x') + "\n       tail\n       next\n");
}

TEST(LayoutTest, AbbreviateKeepsShortNames) {
  const auto forms = Abbreviate({"T1 a", "T2 b"}, 16);
  EXPECT_EQ(forms.at("T1 a"), "T1 a");
  EXPECT_EQ(forms.at("T2 b"), "T2 b");
}

TEST(LayoutTest, AbbreviatedNamesStayDistinct) {
  EXPECT_EQ(Abbreviate({"T1 a_name_that_is_long"}, 16).at("T1 a_name_that_is_long"),
            "T1 a_name_tha...");
  const auto tails = Abbreviate({"a_name_that_is_long_1", "a_name_that_is_long_2"}, 16);
  EXPECT_EQ(tails.at("a_name_that_is_long_1"), "a_name_...long_1");
  EXPECT_EQ(tails.at("a_name_that_is_long_2"), "a_name_...long_2");
  const std::string head(20, 'h');
  const std::string tail(20, 't');
  const auto numbered = Abbreviate({head + "1" + tail, head + "2" + tail, "hhhhhhhhhhhh...#2"}, 17);
  std::set<std::string> distinct;
  for (const auto& [name, form] : numbered) {
    EXPECT_LE(Width(form), 17u);
    distinct.insert(form);
  }
  EXPECT_EQ(distinct.size(), 3u);
}

}  // namespace
}  // namespace heddle::internal
