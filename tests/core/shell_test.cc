// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/shell.h"

#include <string>

#include "gtest/gtest.h"
#include "support/run.h"

namespace heddle::internal {
namespace {

TEST(ShellQuotedTest, LeavesHarmlessWordsAlone) {
  for (const char* word :
       {"v1:AgNbcXFmjPJ-_", "@heddle-out/Cart.Drains.schedule", "50%", "a=b+c,d"}) {
    EXPECT_EQ(ShellQuoted(word), word);
  }
}

TEST(ShellQuotedTest, QuotesTheOthers) {
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("my tests/a"), "'my tests/a'");
  EXPECT_EQ(ShellQuoted("it's"), "'it'\\''s'");
}

TEST(ShellQuotedTest, IsReadBackByAShell) {
  for (const char* word :
       {"", "a b", "it's", "'", "$HOME `ls` \\ \" * ? ~ # ! & | ; < > ( )", "\n"}) {
    EXPECT_EQ(testing_support::Run("printf %s. " + ShellQuoted(word)).output,
              std::string(word) + ".");
  }
}

}  // namespace
}  // namespace heddle::internal
