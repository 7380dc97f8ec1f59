// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/shared.h"

#include <memory>
#include <string>
#include <vector>

#include "heddle/sync/mutex.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::HasSubstr;

TEST(SharedTest, IsAVariable) {
  EXPECT_THAT(Try([] {
                Shared<int> value(3, "value");
                EXPECT_EQ(value.Get(), 3);
                value.Set(4);
                EXPECT_EQ(value.Update([](int& v) { return v += 2; }), 6);
                EXPECT_EQ(value.Get(), 6);
                Shared<std::vector<int>> list;
                list.Update([](std::vector<int>& l) { l.push_back(1); });
                EXPECT_EQ(list.Get().size(), 1u);
              }),
              Passes());
}

TEST(SharedTest, ThereAreNoSteps) {
  Report with = Try([] {
    Shared<int> value;
    for (int i = 0; i < 10; ++i) value.Set(value.Get() + 1);
  });
  Report without = Try([] {});
  EXPECT_EQ(with.total_steps, without.total_steps);
}

enum class Access { kGet, kSet, kUpdate };

struct AccessRow {
  Access access;
  const char* what;
};

const AccessRow kAccesses[] = {
    {Access::kGet, "read"}, {Access::kSet, "write"}, {Access::kUpdate, "write"}};

// Says its place.
std::string Do(Access access, Shared<int>& value) {
  switch (access) {
    case Access::kGet: value.Get(); return HEDDLE_HERE;
    case Access::kSet: value.Set(1); return HEDDLE_HERE;
    case Access::kUpdate: value.Update([](int& v) { ++v; }); return HEDDLE_HERE;
  }
  return "";
}

TEST(SharedTest, EveryPairOfUnorderedAccessesButTwoReadsIsARace) {
  for (const AccessRow& first : kAccesses) {
    for (const AccessRow& second : kAccesses) {
      SCOPED_TRACE(std::string(first.what) + ", " + second.what);
      Stage stage;
      Report report = Try([&] {
        stage.Set(0);
        Shared<int> value(0, "hits");
        Task one = Go("one", [&] {
          Do(first.access, value);
          stage.Set(1);
        });
        Task two = Go("two", [&] {
          stage.Await(1);
          Do(second.access, value);
        });
        one.Join();
        two.Join();
      });
      if (first.access == Access::kGet && second.access == Access::kGet) {
        EXPECT_THAT(report, Passes());
        continue;
      }
      EXPECT_THAT(report,
                  Fails(Verdict::kRace, "two accesses to variable \"hits\" are not ordered"));
      EXPECT_EQ(report.schedules_run, 1u);
      ASSERT_EQ(report.accesses.size(), 2u);
      EXPECT_EQ(report.accesses[0].task, "T1 one");
      EXPECT_EQ(report.accesses[0].what, std::string(first.what) + " of variable \"hits\"");
      EXPECT_THAT(report.accesses[0].at, HasSubstr("shared_test.cc:"));
      EXPECT_EQ(report.accesses[1].task, "T2 two");
      EXPECT_EQ(report.accesses[1].what, std::string(second.what) + " of variable \"hits\"");
      EXPECT_EQ(report.accesses[1].at, report.at);
      EXPECT_THAT(report, Because("nothing that T1 did after its access happens before T2's"));
      EXPECT_THAT(report.remedy, HasSubstr("guard both accesses by the same mutex"));
    }
  }
}

TEST(SharedTest, ARaceNamesBothPlaces) {
  std::string write;
  std::string read;
  Report report = Try([&] {
    Shared<int> value(0, "hits");
    Task one = Go([&] { write = HEDDLE_HERE, value.Set(1); });
    read = HEDDLE_HERE, value.Get();
    one.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kRace, "\"hits\""));
  ASSERT_EQ(report.accesses.size(), 2u);
  for (const AccessReport& access : report.accesses) {
    EXPECT_EQ(access.at, access.what == "read of variable \"hits\"" ? read : write);
  }
}

TEST(SharedTest, AWriterThatKnowsOfOneReaderOnlyRacesWithTheOther) {
  // The reader it does not know of may have read first or last.
  for (bool known_last : {false, true}) {
    Stage stage;
    Report report = Try([&] {
      stage.Set(0);
      Shared<int> value(0, "v");
      Semaphore done(0);
      Task known = Go("known", [&] {
        stage.Await(known_last ? 1 : 0);
        value.Get();
        stage.Add();
        done.release();
      });
      Task unknown = Go("unknown", [&] {
        stage.Await(known_last ? 0 : 1);
        value.Get();
        stage.Add();
      });
      done.acquire();
      stage.Await(2);
      value.Set(1);
      known.Join();
      unknown.Join();
    });
    EXPECT_THAT(report, Fails(Verdict::kRace, "\"v\""));
    ASSERT_EQ(report.accesses.size(), 2u);
    EXPECT_EQ(report.accesses[0].task, "T2 unknown");
    EXPECT_EQ(report.accesses[1].task, "T0 main");
  }
}

TEST(SharedTest, AWriterThatKnowsOfAllReadersDoesNotRace) {
  EXPECT_THAT(Try([&] {
                Shared<int> value(0, "v");
                Semaphore done(0);
                for (int i = 0; i < 3; ++i) {
                  Go([&] {
                    value.Get();
                    done.release();
                  });
                }
                for (int i = 0; i < 3; ++i) done.acquire();
                value.Set(1);
              }),
              Passes());
}

TEST(SharedTest, AReadBetweenTwoWritesOfOneTaskStillCounts) {
  Stage stage;
  Report report = Try([&] {
    stage.Set(0);
    Shared<int> value(0, "v");
    Task reader = Go("reader", [&] {
      value.Get();
      stage.Set(1);
    });
    stage.Await(1);
    value.Get();
    value.Set(1);
    reader.Join();
  });
  EXPECT_THAT(report, Fails(Verdict::kRace, "\"v\""));
  EXPECT_EQ(report.accesses.at(0).task, "T1 reader");
}

TEST(SharedTest, GuardedByAMutexNeverRacesAndLosesNothing) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                Shared<int> hits;
                auto hit = [&] {
                  MutexLock lock(mu);
                  hits.Set(hits.Get() + 1);
                };
                Task one = Go(hit);
                Task two = Go(hit);
                one.Join();
                two.Join();
                EXPECT_EQ(hits.Get(), 2);
              }),
              Passes());
}

TEST(SharedTest, GuardedByTwoMutexesRaces) {
  EXPECT_THAT(Try([] {
                Mutex a;
                Mutex b;
                Shared<int> hits;
                auto hit = [&](Mutex& mu) {
                  MutexLock lock(mu);
                  hits.Set(hits.Get() + 1);
                };
                Task one = Go([&] { hit(a); });
                Task two = Go([&] { hit(b); });
                one.Join();
                two.Join();
              }),
              Fails(Verdict::kRace, "variable #3"));
}

}  // namespace
}  // namespace heddle::testing_support
