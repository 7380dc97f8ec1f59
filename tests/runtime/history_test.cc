// SPDX-License-Identifier: Apache-2.0
//
// The rows of a recorded execution, word for word, for every kind of operation.
#include "heddle/runtime/internal/history.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/heddle.h"
#include "support/execute.h"

namespace heddle {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

std::vector<std::string> DefaultRows(const std::function<void()>& body,
                                     const Options& options = {}) {
  Scripted strategy = NeverPreempt();
  return Rows(ExecuteBy(strategy, body, options));
}

TEST(HistoryTest, MutexRows) {
  EXPECT_THAT(DefaultRows([] {
                Mutex mu("cart.mu"), plain;
                mu.lock();
                Task other = Go([&] {
                  (void)mu.try_lock();
                  mu.lock();
                  mu.unlock();
                  (void)plain.try_lock();
                  plain.unlock();
                });
                Semaphore turn(0);
                Go([&] { turn.release(); });
                turn.acquire();
                mu.unlock();
                other.Join();
              }),
              ElementsAre("1 T0 start", "2 T0 lock cart.mu", "3 T0 spawn T1", "4 T0 spawn T2",
                          "- T0 acquire #3 (0)", "5 T1 start", "6 T1 try_lock cart.mu -> false",
                          "- T1 lock cart.mu", "7 T2 start", "8 T2 release #3 (0)",
                          "9 T0 acquire #3 (1)", "10 T0 unlock cart.mu", "- T0 join T1",
                          "11 T1 lock cart.mu", "12 T1 unlock cart.mu", "13 T1 try_lock #2 -> true",
                          "14 T1 unlock #2", "15 T0 join T1"));
}

TEST(HistoryTest, SemaphoreRows) {
  EXPECT_THAT(
      DefaultRows([] {
        Semaphore db(1, "db");
        (void)db.try_acquire();
        (void)db.try_acquire();
        db.release(2);
        db.acquire();
      }),
      ElementsAre("1 T0 start", "2 T0 try_acquire db -> true", "3 T0 try_acquire db -> false",
                  "4 T0 release db (0)", "5 T0 acquire db (2)"));
}

TEST(HistoryTest, BufferedChannelRows) {
  EXPECT_THAT(DefaultRows([] {
                Channel<int> jobs(1, "jobs");
                Task worker = Go([&] {
                  while (jobs.Receive()) {
                  }
                });
                jobs.Send(1);
                (void)jobs.TrySend(2);
                jobs.Send(3);
                jobs.Close();
                worker.Join();
                (void)jobs.TryReceive();
              }),
              ElementsAre("1 T0 start", "2 T0 spawn T1", "3 T0 send jobs 0/1",
                          "4 T0 try-send jobs 1/1", "- T0 send jobs 1/1", "5 T1 start",
                          "6 T1 receive jobs 1/1", "- T1 receive jobs 0/1", "7 T0 send jobs 0/1",
                          "8 T0 close jobs", "- T0 join T1", "9 T1 receive jobs 1/1",
                          "10 T1 receive jobs 0/1", "11 T0 join T1", "12 T0 try-receive jobs 0/1"));
}

TEST(HistoryTest, UnbufferedChannelRows) {
  EXPECT_THAT(
      DefaultRows([] {
        Channel<int> meet(0, "meet");
        (void)meet.TrySend(1);
        (void)meet.TryReceive();
        Task worker = Go([&] {
          meet.Send(1);
          (void)meet.Receive();
        });
        (void)meet.Receive();
        meet.Send(2);
        meet.Close();
        worker.Join();
      }),
      ElementsAre("1 T0 start", "2 T0 try-send meet -> false", "3 T0 try-receive meet -> none",
                  "4 T0 spawn T1", "5 T0 receive meet (parks)", "6 T1 start",
                  "7 T1 send meet -> T0", "8 T1 receive meet (parks)", "9 T0 resume meet",
                  "10 T0 send meet -> T1", "11 T0 close meet", "- T0 join T1", "12 T1 resume meet",
                  "13 T0 join T1"));
}

TEST(HistoryTest, NestedTasksAndTheirObjects) {
  EXPECT_THAT(
      DefaultRows([] {
        Task first = Go([] {
          Mutex mu;
          MutexLock lock(mu);
          Task nested = Go([] {
            Mutex inner;
            MutexLock lock_too(inner);
          });
          nested.Join();
        });
        first.Join();
      }),
      ElementsAre("1 T0 start", "2 T0 spawn T1", "- T0 join T1", "3 T1 start", "4 T1 lock T1#1",
                  "5 T1 spawn T1.1", "- T1 join T1.1", "6 T1.1 start", "7 T1.1 lock T1.1#1",
                  "8 T1.1 unlock T1.1#1", "9 T1 join T1.1", "10 T1 unlock T1#1", "11 T0 join T1"));
}

TEST(HistoryTest, ObjectsOutsideAreNumberedByFirstUse) {
  Mutex first, second("named"), third;
  EXPECT_THAT(
      DefaultRows([&] {
        third.lock();
        second.lock();
        first.lock();
      }),
      ElementsAre("1 T0 start", "2 T0 lock outside#1", "3 T0 lock named", "4 T0 lock outside#3"));
}

TEST(HistoryTest, WhoIsBlockedAtTheEndHasARow) {
  // T1 could lock when it announced; the body took the mutex first, and never gives it back.
  Scripted strategy([](const Alternatives& a) -> uint32_t {
    return a.runnable().Contains(1) && a.Announced(1).kind == OperationKind::kStart ? 1 : 0;
  });
  const Outcome outcome = ExecuteBy(strategy, [] {
    auto mu = std::make_shared<Mutex>(kUnowned, "mu");
    Go([mu] { mu->lock(); });
    mu->lock();
  });
  EXPECT_EQ(outcome.verdict, Verdict::kLeak);
  EXPECT_THAT(Rows(outcome), ElementsAre("1 T0 start", "2 T0 spawn T1", "3 T1 start ^",
                                         "4 T0 lock mu ^", "- T1 lock mu"));
}

TEST(HistoryTest, RowsHaveThePlaceOfTheCall) {
  Scripted strategy = NeverPreempt();
  const uint32_t line = __LINE__ + 1;
  const Outcome outcome = ExecuteBy(strategy, [] { Yield(); });
  const StepSnapshot& row = outcome.evidence->snapshot.history.back();
  EXPECT_EQ(ToString(row.at), "history_test.cc:" + std::to_string(line));
  EXPECT_EQ(row.operation, OperationKind::kYield);
  EXPECT_EQ(row.object, kNobody);
}

}  // namespace
}  // namespace heddle
