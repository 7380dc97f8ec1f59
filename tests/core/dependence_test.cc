// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/dependence.h"

#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heddle {
namespace {

using K = OperationKind;
using O = ObjectKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kLastKind = static_cast<int>(K::kChoose);
constexpr int kLastObject = static_cast<int>(O::kAtomic);

std::vector<O> AllObjects() {
  std::vector<O> objects;
  for (int o = 0; o <= kLastObject; ++o) objects.push_back(static_cast<O>(o));
  return objects;
}

std::vector<K> AllKinds() {
  std::vector<K> kinds;
  for (int k = 1; k <= kLastKind; ++k) kinds.push_back(static_cast<K>(k));
  return kinds;
}

AnnouncedOperation At(O object, K kind, uint32_t task, uint32_t id) {
  return {{kind, TaskId{task}, ObjectId{object == O::kNone ? 0 : id}}, object};
}

bool Here(O object, K a, K b) { return Dependent(At(object, a, 1, 7), At(object, b, 2, 7)); }

// -- The relation
// ---------------------------------------------------------------------------------------

TEST(DependenceTest, IsSymmetricAndTrueOfOneTask) {
  for (O object : AllObjects()) {
    for (O other : AllObjects()) {
      for (K a : AllKinds()) {
        for (K b : AllKinds()) {
          for (uint32_t id : {7u, 8u}) {
            for (ParkedSelect select : {ParkedSelect::kNone, ParkedSelect::kPossible}) {
              const AnnouncedOperation x = At(object, a, 1, 7);
              const AnnouncedOperation y = At(other, b, 2, id);
              ASSERT_EQ(Dependent(x, y, select), Dependent(y, x, select));
            }
          }
        }
      }
      EXPECT_TRUE(Dependent(At(object, K::kYield, 1, 7), At(other, K::kYield, 1, 8)));
    }
  }
}

TEST(DependenceTest, TheExamplesOfItsHeader) {
  EXPECT_TRUE(Here(O::kMutex, K::kUnlock, K::kLock));
  EXPECT_FALSE(Here(O::kAtomic, K::kLoad, K::kLoad));
  EXPECT_FALSE(Dependent(At(O::kMutex, K::kLock, 1, 7), At(O::kMutex, K::kLock, 2, 8)));
  EXPECT_TRUE(Dependent(At(O::kContext, K::kCancel, 1, 7), At(O::kContext, K::kErr, 2, 8)));
}

TEST(DependenceTest, AJoinDependsOnTheTaskThatItJoins) {
  const AnnouncedOperation join{{K::kJoin, TaskId{1}, ObjectId{2}}, O::kNone};
  EXPECT_TRUE(Dependent(join, At(O::kNone, K::kYield, 2, 0)));
  EXPECT_TRUE(Dependent(At(O::kMutex, K::kUnlock, 2, 7), join));
  EXPECT_FALSE(Dependent(join, At(O::kNone, K::kYield, 3, 0)));
  // Its number is that of a task.
  EXPECT_FALSE(Dependent(join, At(O::kMutex, K::kUnlock, 3, 2)));
}

TEST(DependenceTest, TheClockDependsOnAll) {
  for (O object : AllObjects()) {
    for (K kind : AllKinds()) {
      EXPECT_TRUE(Dependent(At(O::kNone, K::kFire, 0x7fffff, 0), At(object, kind, 1, 7)));
    }
  }
}

TEST(DependenceTest, LocalOperationsDependOnNothingElse) {
  for (K local : AllKinds()) {
    if (!LocalOperations().Contains(local)) continue;
    for (O object : AllObjects()) {
      for (K kind : AllKinds()) {
        if (kind == K::kFire) continue;
        EXPECT_FALSE(Dependent(At(O::kNone, local, 1, 0), At(object, kind, 2, 7)));
        // Where a parked operation was completed or given up, it stands at its object still.
        EXPECT_FALSE(Dependent(At(object, local, 1, 7), At(object, kind, 3, 7)));
      }
    }
  }
}

TEST(DependenceTest, ASelectThatMayBeParkedTiesChannelsTogether) {
  const AnnouncedOperation send = At(O::kChannel, K::kSend, 1, 7);
  for (const AnnouncedOperation& other :
       {At(O::kChannel, K::kSend, 2, 8), At(O::kTimer, K::kStop, 2, 8),
        At(O::kContext, K::kCancel, 2, 8)}) {
    EXPECT_FALSE(Dependent(send, other, ParkedSelect::kNone));
    EXPECT_TRUE(Dependent(send, other, ParkedSelect::kPossible));
  }
  const AnnouncedOperation lock = At(O::kMutex, K::kLock, 2, 8);
  EXPECT_FALSE(Dependent(send, lock, ParkedSelect::kPossible));
}

TEST(DependenceTest, AnUnknownObjectIsTakenForTheWorst) {
  const auto unknown = [](K kind, uint32_t task, uint32_t id) {
    return AnnouncedOperation{{kind, TaskId{task}, ObjectId{id}}, O::kNone};
  };
  // A latch's waits are independent, an event's are not.
  EXPECT_FALSE(Here(O::kLatch, K::kWait, K::kTryWait));
  EXPECT_TRUE(Here(O::kEvent, K::kWait, K::kTryWait));
  EXPECT_TRUE(Dependent(unknown(K::kWait, 1, 7), unknown(K::kTryWait, 2, 7)));
  EXPECT_FALSE(Dependent(unknown(K::kWait, 1, 7), At(O::kLatch, K::kTryWait, 2, 7)));
  // A wait may be a condition variable's.
  EXPECT_FALSE(Dependent(At(O::kLatch, K::kWait, 1, 7), At(O::kMutex, K::kLock, 2, 8)));
  EXPECT_TRUE(Dependent(unknown(K::kWait, 1, 7), unknown(K::kLock, 2, 8)));
  EXPECT_FALSE(Dependent(unknown(K::kWait, 1, 7), unknown(K::kUnlock, 2, 8)));
  // Nobody else has a kind of object on which these two are.
  EXPECT_FALSE(Dependent(unknown(K::kLockShared, 1, 7), unknown(K::kTryLockShared, 2, 7)));
}

TEST(DependenceTest, ANilChannelIsNoObject) {
  const AnnouncedOperation nil{{K::kTrySend, TaskId{1}, ObjectId{}}, O::kNone};
  EXPECT_FALSE(Dependent(nil, {{K::kTrySend, TaskId{2}, ObjectId{}}, O::kNone}));
  EXPECT_FALSE(Dependent(nil, At(O::kNone, K::kSelect, 2, 0)));
}

TEST(DependenceTest, SaysNothingOfExecutionsWithFaults) {
  EXPECT_TRUE(RelationHolds({}));
  EXPECT_FALSE(RelationHolds({.faults = {.spurious_wakeups = 1}}));
  EXPECT_FALSE(RelationHolds({.faults = {.failed_try_locks = 1}}));
  EXPECT_FALSE(RelationHolds({.faults = {.failed_exchanges = 1}}));
  EXPECT_FALSE(RelationHolds({.faults = {.early_timeouts = 1}}));
  EXPECT_FALSE(RelationHolds({.faults = {.cancellations = 1}}));
}

TEST(DependenceTest, EveryRowNamesWhatCanBeAnnouncedThere) {
  KindSet all;
  for (O object : AllObjects()) all = all | OperationsOf(object);
  for (K kind : AllKinds()) EXPECT_TRUE(all.Contains(kind)) << ToString(kind);
  for (const IndependentRow& row : IndependentRows()) {
    const KindSet there = OperationsOf(row.object);
    EXPECT_TRUE((row.some - there).Empty()) << row.why;
    EXPECT_TRUE((row.others - there).Empty()) << row.why;
  }
  for (O object : AllObjects()) {
    for (K kind : AllKinds()) {
      if (OperationsOf(object).Contains(kind)) continue;
      for (uint32_t g = 0; g < kGroups; ++g) {
        EXPECT_FALSE(InGroup(static_cast<Group>(g), object, kind));
      }
    }
  }
}

// -- The table in ARCHITECTURE.md
// -------------------------------------------------------------------------

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string NamesOf(KindSet kinds) {
  std::vector<std::string> names;
  for (K kind : AllKinds()) {
    if (kinds.Contains(kind)) names.emplace_back(ToString(kind));
  }
  return Joined(names);
}

// "all", "all but load", "load, store"; empty for none.
std::string DependentHere(O object, K kind) {
  KindSet with;
  KindSet without;
  int count = 0;
  for (K other : AllKinds()) {
    if (!OperationsOf(object).Contains(other)) continue;
    const bool dependent = Here(object, kind, other);
    (dependent ? with : without) = (dependent ? with : without) | KindSet(other);
    count += dependent ? 1 : -1;
  }
  if (without.Empty()) return "all";
  return count > 0 ? "all but " + NamesOf(without) : NamesOf(with);
}

std::string GroupsDependentWith(O object, K kind, ParkedSelect select) {
  std::set<Group> groups;
  for (const ElsewhereRow& row : ElsewhereRows()) {
    if (row.select != select) continue;
    if (InGroup(row.some, object, kind)) groups.insert(row.others);
    if (InGroup(row.others, object, kind)) groups.insert(row.some);
  }
  std::vector<std::string> names;
  for (Group group : groups) names.emplace_back(ToString(group));
  return Joined(names);
}

// The last column.
std::string DependentWith(O object, K kind) {
  if (kind == K::kFire) return "everything";
  if (kind == K::kJoin) return "every operation of that task";
  if (LocalOperations().Contains(kind)) return "nothing";
  std::string text = object == O::kNone ? "" : DependentHere(object, kind);
  const std::string elsewhere = GroupsDependentWith(object, kind, ParkedSelect::kNone);
  const std::string parked = GroupsDependentWith(object, kind, ParkedSelect::kPossible);
  if (!elsewhere.empty()) text += (text.empty() ? "*" : "; *") + elsewhere + "*";
  if (!parked.empty()) text += "; beside a select *" + parked + "*";
  return text;
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> CellsOf(const std::string& line) {
  std::vector<std::string> cells;
  for (size_t at = 1; at < line.size();) {
    const size_t end = line.find('|', at);
    if (end == std::string::npos) break;
    cells.emplace_back(Trimmed(std::string_view(line).substr(at, end - at)));
    at = end + 1;
  }
  return cells;
}

using Row = std::vector<std::string>;

// The rows of the table whose first column has that heading.
std::vector<Row> TableOf(const std::string& heading) {
  std::ifstream file(std::string(HEDDLE_SOURCE_DIR) + "/harness/ARCHITECTURE.md");
  std::vector<Row> rows;
  std::string line;
  while (std::getline(file, line) && !line.starts_with("| " + heading + " |")) {
  }
  std::getline(file, line);  // the rule under it
  while (std::getline(file, line) && line.starts_with("|")) rows.push_back(CellsOf(line));
  return rows;
}

TEST(ArchitectureTest, TheTableOfOperationsIsThatOfTheCode) {
  std::map<std::pair<std::string, std::string>, std::string> expected;
  for (O object : AllObjects()) {
    for (K kind : AllKinds()) {
      if (!OperationsOf(object).Contains(kind) || kind == K::kChoose) continue;
      const std::string name(object == O::kNone ? "-" : ToString(object));
      expected[{name, std::string(ToString(kind))}] = DependentWith(object, kind);
    }
  }
  for (const Row& row : TableOf("object")) {
    ASSERT_EQ(row.size(), 6u) << row[0] << " " << row[1];
    const auto found = expected.find({row[0], row[1]});
    ASSERT_NE(found, expected.end()) << row[0] << " " << row[1] << " is no operation, or twice";
    EXPECT_EQ(row[5], found->second) << row[0] << " " << row[1];
    for (const std::string& cell : row) EXPECT_THAT(cell, testing::Not(IsEmpty()));
    expected.erase(found);
  }
  for (const auto& [operation, with] : expected) {
    ADD_FAILURE() << "no row for " << operation.first << " " << operation.second;
  }
}

TEST(ArchitectureTest, TheTableOfGroupsIsThatOfTheCode) {
  const std::vector<Row> rows = TableOf("group");
  ASSERT_EQ(rows.size(), kGroups);
  for (uint32_t g = 0; g < kGroups; ++g) {
    const auto group = static_cast<Group>(g);
    std::string members;
    for (O object : AllObjects()) {
      KindSet kinds;
      for (K kind : AllKinds()) {
        if (InGroup(group, object, kind)) kinds = kinds | KindSet(kind);
      }
      if (kinds.Empty()) continue;
      members += members.empty() ? "" : "; ";
      if (object != O::kNone) members += std::string(ToString(object)) + ": ";
      members += NamesOf(kinds);
    }
    EXPECT_THAT(rows[g], ElementsAre("*" + std::string(ToString(group)) + "*", members));
  }
}

}  // namespace
}  // namespace heddle
