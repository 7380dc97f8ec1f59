// SPDX-License-Identifier: Apache-2.0
//
// A map under a readers-writer lock. Wrong, first: a missing entry is filled in while the lock is held
// for reading, and two readers write at once: a race. Wrong, second: a function that reads under the lock
// calls another that does, and a writer that came in between keeps the second out while it awaits the
// first: a deadlock. Right: the lock is taken again for writing, the entry looked for again, and what is
// called under the lock expects it to be held.
#include <map>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;

// The squares of numbers, each computed once.
class Squares {
 public:
  int GetFillingUnderReadLock(int n) {
    ReaderLock lock(mu_);
    if (std::optional<int> square = Find(n)) return *square;
    return Fill(n);
  }

  int Get(int n) {
    {
      ReaderLock lock(mu_);
      if (std::optional<int> square = Find(n)) return *square;
    }
    WriterLock lock(mu_);
    if (std::optional<int> square = Find(n)) return *square;  // somebody was faster
    return Fill(n);
  }

  int SumReadingTwice(int n) {
    ReaderLock lock(mu_);
    return Find(n).value_or(0) + Peek(n + 1);
  }

  int Sum(int n) {
    ReaderLock lock(mu_);
    return Find(n).value_or(0) + Find(n + 1).value_or(0);
  }

  int Peek(int n) {
    ReaderLock lock(mu_);
    return Find(n).value_or(0);
  }

 private:
  // These two expect the lock to be held.
  std::optional<int> Find(int n) const {
    const auto squares = squares_.Read();
    const auto found = squares->find(n);
    return found != squares->end() ? std::optional(found->second) : std::nullopt;
  }
  int Fill(int n) { return (*squares_.Write())[n] = n * n; }

  SharedMutex mu_{"squares.mu"};
  Shared<std::map<int, int>> squares_{{}, "squares"};
};

void UseSquares(int (Squares::*get)(int), int (Squares::*sum)(int)) {
  Squares squares;
  auto fill = [&] { EXPECT_EQ((squares.*get)(3), 9); };
  Task first = Go("first", fill);
  Task second = Go("second", fill);
  Task reader = Go("reader", [&] { EXPECT_LE((squares.*sum)(3), 9); });
  first.Join();
  second.Join();
  reader.Join();
}

TEST(GuardedMap, FillingUnderTheReadLockRaces) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { UseSquares(&Squares::GetFillingUnderReadLock, &Squares::Sum); },
                            {.name = "filling as reader", .schedules = 20, .seed = seed});
    EXPECT_THAT(report, FindsRace("lock shared mutex \"squares.mu\" for writing before a write"));
  }
}

TEST(GuardedMap, ReadingUnderTheReadLockDeadlocks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { UseSquares(&Squares::Get, &Squares::SumReadingTwice); },
                            {.name = "reading twice", .schedules = 100, .seed = seed});
    EXPECT_THAT(report, FindsDeadlock("do not lock_shared again while reading: a writer that came "
                                      "in between keeps new readers out"));
  }
}

HEDDLE_TEST(GuardedMap, LockedForWritingSurvives, .schedules = 10'000) {
  UseSquares(&Squares::Get, &Squares::Sum);
}

// For scripts/score.
const Subject kGuardedMapFill = {{
    .name = "guarded_map_fill_as_reader",
    .suite = Suite::kPatterns,
    .expected = Verdict::kRace,
    .when = When::kAlways,
    .body =
        [](Version version) {
          UseSquares(version == Version::kBuggy ? &Squares::GetFillingUnderReadLock : &Squares::Get,
                     &Squares::Sum);
        },
    .explains = {"two accesses to variable \"squares\" are not ordered",
                 "lock shared mutex \"squares.mu\" for writing before a write"},
}};

const Subject kGuardedMapTwice = {{
    .name = "guarded_map_reads_twice",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          UseSquares(&Squares::Get,
                     version == Version::kBuggy ? &Squares::SumReadingTwice : &Squares::Sum);
        },
    .explains = {"needs shared mutex \"squares.mu\"", "do not lock_shared again while reading"},
}};

}  // namespace
