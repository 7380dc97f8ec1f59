// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "gtest/gtest.h"
#include "support/commute.h"

namespace heddle::testing_support {
namespace {

bool IsListed(const std::vector<ConservativePair>& list, const OperationPair& pair) {
  return std::any_of(list.begin(), list.end(), [&](const ConservativePair& row) {
    const auto kinds = std::minmax(row.a, row.b);
    return row.object == pair.a.object && kinds == std::minmax(pair.a.kind, pair.b.kind);
  });
}

Tried Of(const std::map<OperationPair, Tried>& all, const OperationPair& pair) {
  const auto found = all.find(pair);
  return found != all.end() ? found->second : Tried{};
}

std::vector<OperationKind> KindsOf(ObjectKind object) {
  std::vector<OperationKind> kinds;
  for (int k = 0; k <= static_cast<int>(OperationKind::kChoose); ++k) {
    const auto kind = static_cast<OperationKind>(k);
    if (OperationsOf(object).Contains(kind)) kinds.push_back(kind);
  }
  return kinds;
}

bool AreDependent(const OperationPair& pair) {
  return Dependent({{pair.a.kind, TaskId{1}, ObjectId{1}}, pair.a.object},
                   {{pair.b.kind, TaskId{2}, ObjectId{pair.same ? 1u : 2u}}, pair.b.object},
                   ParkedSelect::kNone);
}

}  // namespace

void ExpectCommutes(const Commutation& seen, const std::vector<ObjectKind>& objects,
                    const std::vector<ConservativePair>& conservative) {
  EXPECT_EQ(seen.violations, 0u) << seen.violation;
  for (const OperationAt& at : seen.announced) {
    EXPECT_TRUE(OperationsOf(at.object).Contains(at.kind)) << ToString(at);
  }
  for (ObjectKind object : objects) {
    for (OperationKind a : KindsOf(object)) {
      EXPECT_TRUE(seen.announced.count({object, a})) << ToString(OperationAt{object, a});
      if (HEDDLE_TSAN || HEDDLE_ASAN) continue;
      for (OperationKind b : KindsOf(object)) {
        if (b < a) continue;
        const OperationPair here{true, {object, a}, {object, b}};
        const OperationPair elsewhere{false, {object, a}, {object, b}};
        if (!AreDependent(here)) {
          EXPECT_GE(Of(seen.independent, here).states, kCommuteStates) << ToString(here);
        } else {
          EXPECT_NE(Of(seen.dependent, here).differs, IsListed(conservative, here))
              << ToString(here) << ", of " << Of(seen.dependent, here).states << " states";
        }
        if (!AreDependent(elsewhere)) {
          EXPECT_GT(Of(seen.independent, elsewhere).states, 0u) << ToString(elsewhere);
        }
      }
    }
  }
}

void ExpectDependentElsewhere(const Commutation& seen, Group a, Group b) {
  const auto matches = [&](const OperationPair& pair) {
    const auto in = [](Group group, const OperationAt& at) {
      return InGroup(group, at.object, at.kind);
    };
    return !pair.same && ((in(a, pair.a) && in(b, pair.b)) || (in(b, pair.a) && in(a, pair.b)));
  };
  EXPECT_TRUE(
      std::any_of(seen.dependent.begin(), seen.dependent.end(),
                  [&](const auto& entry) { return matches(entry.first) && entry.second.differs; }))
      << ToString(a) << " and " << ToString(b);
}

}  // namespace heddle::testing_support
