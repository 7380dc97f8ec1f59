// SPDX-License-Identifier: Apache-2.0
#include "catalogue/reference.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "catalogue/subject.h"

namespace catalogue {
namespace {

using heddle::StrategyKind;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(ReferenceTest, AMeanMayBeHalfAsGreatOrTwice) {
  const Reference reference = {"reorder_3", StrategyKind::kUrw, 10};
  EXPECT_TRUE(Holds(reference, 5));
  EXPECT_TRUE(Holds(reference, 20));
  EXPECT_FALSE(Holds(reference, 4.9));
  EXPECT_FALSE(Holds(reference, 20.1));
  EXPECT_FALSE(Holds(reference, kInfinite));
}

TEST(ReferenceTest, ALowerLimitHasNoUpperOne) {
  const Reference reference = {"reorder_3", StrategyKind::kRandom, 10, /*at_least=*/true};
  EXPECT_FALSE(Holds(reference, 4.9));
  EXPECT_TRUE(Holds(reference, 5));
  EXPECT_TRUE(Holds(reference, kInfinite));
}

TEST(ReferenceTest, EverySubjectIsInTheCatalogue) {
  ASSERT_FALSE(References().empty());
  for (const Reference& reference : References()) {
    EXPECT_NE(FindSubject(reference.subject), nullptr) << reference.subject;
  }
  EXPECT_EQ(FindSubject("nothing"), nullptr);
}

TEST(ReferenceTest, RowsTellWhatIsMissed) {
  EXPECT_EQ(ReferenceHeading() + ReferenceRow(References()[3], 22) +
                ReferenceRow(References()[3], 22.06) + ReferenceRow(References()[12], kInfinite),
            "subject     sampler         mean   reference   ratio         bar\n"
            "reorder_3   urw             22.0          11    2.00    0.5 to 2\n"
            "reorder_3   urw             22.1          11    2.01    0.5 to 2  MISSED\n"
            "reorder_10  random           inf     > 20000     inf       > 0.5\n");
}

}  // namespace
}  // namespace catalogue
