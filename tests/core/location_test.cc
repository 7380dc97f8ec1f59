// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/location.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace heddle {
namespace {

Location WhereCalled(Location where = Location::Here()) { return where; }

// A primitive that hands its caller's location on, as they all do.
Location WhereLocked(Location where = Location::Here()) { return WhereCalled(where); }

TEST(LocationTest, ADefaultArgumentIsThePlaceOfTheCall) {
  const Location location = WhereCalled();
  EXPECT_EQ(location.line, __LINE__ - 1u);
  EXPECT_STREQ(location.file, __FILE__);
  EXPECT_STREQ(location.function, __func__);
}

TEST(LocationTest, HandedOnItStaysThePlaceOfTheCall) {
  const Location location = WhereLocked();
  EXPECT_EQ(location.line, __LINE__ - 1u);
  EXPECT_STREQ(location.function, __func__);
}

TEST(LocationTest, TwoCallsOnTwoLinesDiffer) {
  const Location first = WhereCalled();
  const Location second = WhereCalled();
  EXPECT_EQ(first.line + 1, second.line);
}

TEST(LocationTest, PrintsTheFileWithoutItsDirectories) {
  EXPECT_EQ(ToString(Location{"/home/me/src/checkout_test.cc", "f", 41}), "checkout_test.cc:41");
  EXPECT_EQ(ToString(Location{"src/checkout_test.cc", "f", 1}), "checkout_test.cc:1");
  EXPECT_EQ(ToString(Location{"checkout_test.cc", "f", 4294967295}), "checkout_test.cc:4294967295");
  EXPECT_EQ(ToString(WhereCalled()), "location_test.cc:" + std::to_string(__LINE__));
}

TEST(LocationTest, AnUnknownLocationIsADash) {
  EXPECT_EQ(ToString(Location{}), "-");
  EXPECT_EQ(ToString(Location{"a.cc", "f", 0}), "-");
}

TEST(LocationTest, IsAConstantExpression) {
  constexpr Location kHere = Location::Here();
  static_assert(kHere.line != 0);
  static_assert(Location{}.line == 0);
  static_assert(std::string_view(Location{}.file).empty());
}

}  // namespace
}  // namespace heddle
