// SPDX-License-Identifier: Apache-2.0
//
// Shared<T>'s guards, and values that can neither be copied nor moved.
#include <atomic>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

// No default, no copy, no move.
struct MemoryPinned {
  explicit MemoryPinned(int first, int second = 0) : sum(first + second) {}
  MemoryPinned(const MemoryPinned&) = delete;
  MemoryPinned& operator=(const MemoryPinned&) = delete;
  int sum;
};

TEST(SharedGuardTest, GuardsGiveAccess) {
  EXPECT_THAT(Try([] {
                Shared<std::string> text("a");
                {
                  auto w = text.Write();
                  *w += "b";
                  w->push_back('c');
                }
                auto r = text.Read();
                static_assert(std::is_same_v<decltype(*r), const std::string&>);
                EXPECT_EQ(*r, "abc");
                EXPECT_EQ(r->size(), 3u);
                static_assert(!std::is_copy_constructible_v<decltype(r)>);
                text.Write()->clear();
                EXPECT_EQ(text.Get(), "");
              }),
              Passes());
}

TEST(SharedGuardTest, AnyTypeCanBeShared) {
  EXPECT_THAT(Try([] {
                Shared<MemoryPinned> pinned(std::in_place, 3, 4);
                EXPECT_EQ(pinned.Read()->sum, 7);
                pinned.Write()->sum = 8;
                pinned.Update([](MemoryPinned& p) { ++p.sum; });
                EXPECT_EQ(pinned.Read()->sum, 9);
                Shared<MemoryPinned> named(std::in_place, ObjectName("named"), 5);
                EXPECT_EQ(named.Read()->sum, 5);
                Shared<std::unique_ptr<int>> pointer(std::make_unique<int>(6));
                EXPECT_EQ(**pointer.Read(), 6);
                pointer.Set(nullptr);
                Shared<Mutex> mutex(std::in_place, "inner");
                mutex.Write()->lock();
                mutex.Write()->unlock();
                Shared<std::vector<int>> list(std::in_place, 3u, 1);
                EXPECT_EQ(list.Get().size(), 3u);
              }),
              Passes());
}

TEST(SharedGuardTest, GuardsTakeNoSteps) {
  Report with = Try([] {
    Shared<int> value;
    *value.Write() = *value.Read();
  });
  EXPECT_EQ(with.total_steps, Try([] { Shared<int> value; }).total_steps);
}

TEST(SharedGuardTest, UnorderedGuardsRaceUnlessBothRead) {
  const Location write = Location::Here();
  const Location read{write.file, write.function, write.line + 1};
  auto race = [&](bool first_writes, bool second_writes) {
    return Try([&, first_writes, second_writes] {
      Shared<int> value(0, "hits");
      auto access = [&](bool writes) {
        if (writes) {
          *value.Write(write) = 1;
        } else {
          (void)*value.Read(read);
        }
      };
      Task other = Go([&] { access(first_writes); });
      access(second_writes);
      other.Join();
    });
  };
  EXPECT_THAT(race(false, false), Passes());
  for (auto [first, second] : {std::pair(true, false), {false, true}, {true, true}}) {
    Report report = race(first, second);
    EXPECT_THAT(report, Fails(Verdict::kRace, "two accesses to variable \"hits\""));
    for (const AccessReport& access : report.accesses) {
      EXPECT_EQ(access.at, ToString(access.what == "read of variable \"hits\"" ? read : write));
    }
  }
}

TEST(SharedGuardTest, ANamedVariableInPlaceIsNamedInReports) {
  std::string at;
  EXPECT_THAT(Try([] {
                Shared<MemoryPinned> value(std::in_place, ObjectName("pinned"), 1);
                Task other = Go([&] { value.Write()->sum = 2; });
                value.Write()->sum = 3;
                other.Join();
              }),
              Fails(Verdict::kRace, "\"pinned\""));
}

enum class MemoryAccess { kRead, kWrite };

// The other task, which writes, knows of the guard's beginning, but the guard's task does not know of the
// other.
Report MemoryTryOverlap(MemoryAccess access, bool guard_lives, bool ordered_back) {
  return Try([=] {
    Shared<int> value(0, "value");
    Semaphore begun(0);
    Semaphore done(0);
    Task other = Go("other", [&] {
      begun.acquire();
      value.Set(1);
      done.release();
    });
    const auto overlap = [&] {
      begun.release();
      if (ordered_back) {
        done.acquire();
      } else {
        Yield();
      }
    };
    if (access == MemoryAccess::kRead) {
      const auto guard = value.Read();
      if (guard_lives) overlap();
    } else {
      const auto guard = value.Write();
      if (guard_lives) overlap();
    }
    if (!guard_lives) overlap();
    other.Join();
  });
}

TEST(SharedGuardTest, AGuardIsAnAccessAtItsEndToo) {
  for (const MemoryAccess access : {MemoryAccess::kRead, MemoryAccess::kWrite}) {
    EXPECT_THAT(MemoryTryOverlap(access, true, false),
                Fails(Verdict::kRace, "two accesses to variable \"value\""));
    EXPECT_THAT(MemoryTryOverlap(access, false, false), Passes());
    EXPECT_THAT(MemoryTryOverlap(access, true, true), Passes());
  }
}

TEST(SharedGuardTest, AGuardMayBeUnwound) {
  EXPECT_THAT(Try([] {
                auto value = std::make_shared<Shared<int>>(0, "value");
                auto never = std::make_shared<Semaphore>(0);
                Go({.daemon = true}, [value, never] {
                  auto w = value->Write();
                  never->acquire();
                });
                Yield();
              }),
              Passes());
}

// -- Outside ------------------------------------------------------------------------------------------

Shared<MemoryPinned> memory_pinned_global(std::in_place, ObjectName("global.pinned"), 1);
Shared<std::vector<int>> memory_list_global(std::in_place, ObjectName("global.list"), 2u, 7);

TEST(SharedGuardTest, AGlobalMadeInPlaceIsResetOrRefused) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_EQ(memory_list_global.Read()->size(), 2u);
                    memory_list_global.Write()->clear();
                  },
                  {.schedules = 3}),
              Passes());
  std::string at;
  Report report = Try([&] { at = HEDDLE_HERE, memory_pinned_global.Write()->sum = 2; });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse,
                              "variable \"global.pinned\" lives outside the executions but cannot "
                              "be copied to reset it",
                              at, "create it inside the scenario's body"));
}

}  // namespace
}  // namespace heddle::testing_support
