// SPDX-License-Identifier: Apache-2.0
//
// A pool of workers that is stopped as soon as one answer is there. Wrong, first: the producer just
// sends, and is left alone with a job that no worker takes any more. Wrong, second: the workers just
// receive, and wait for jobs of a producer that has stopped. Both are leaks. Right: whoever blocks, on
// jobs or on answers, waits for the end of the context at the same time.
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
using testing::HasSubstr;

constexpr int kWorkers = 2;
constexpr int kJobs = 6;

enum class PoolMistake { kNone, kProducerIgnoresContext, kWorkersIgnoreContext };

struct Pool {
  Context context;
  Channel<int> jobs{0, "jobs"};
  Channel<int> answers{0, "answers"};
  PoolMistake mistake = PoolMistake::kNone;

  void Produce() const {
    for (int job = 1; job <= kJobs; ++job) {
      if (mistake == PoolMistake::kProducerIgnoresContext) {
        jobs.Send(job);
      } else if (Select(OnReceive(context.Done()), OnSend(jobs, job)) == 0) {
        return;
      }
    }
    jobs.Close();
  }

  void Work() const {
    while (std::optional<int> job = NextJob()) {
      if (Select(OnReceive(context.Done()), OnSend(answers, *job * *job)) == 0) return;
    }
  }

  // Nothing: there are no more, or the answer is there.
  std::optional<int> NextJob() const {
    if (mistake == PoolMistake::kWorkersIgnoreContext) return jobs.Receive();
    std::optional<int> next;
    Select(OnReceive(context.Done()), OnReceive(jobs, [&](std::optional<int> job) { next = job; }));
    return next;
  }
};

void FirstAnswer(PoolMistake mistake) {
  CancelableContext search = WithCancel(Background());
  const Pool pool{.context = search.context, .mistake = mistake};
  Go("producer", [pool] { pool.Produce(); });
  for (int i = 0; i < kWorkers; ++i) Go("worker", [pool] { pool.Work(); });
  EXPECT_GE(pool.answers.Receive(), 1);
  search.cancel();
}

TEST(WorkerPool, ProducerThatOnlySendsLeaks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { FirstAnswer(PoolMistake::kProducerIgnoresContext); },
                            {.name = "producer only sends", .schedules = 20, .seed = seed});
    EXPECT_THAT(report, FindsLeak("T1 -> needs a receive on channel \"jobs\" -> only T2, T3 "
                                  "receive there: they have finished"));
    EXPECT_EQ(report.tasks.at(0).label, "T1 producer");
    EXPECT_THAT(report.tasks.at(0).spawned_at, HasSubstr("worker_pool_test.cc:"));
  }
}

TEST(WorkerPool, WorkersThatOnlyReceiveLeak) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { FirstAnswer(PoolMistake::kWorkersIgnoreContext); },
                            {.name = "workers only receive", .schedules = 20, .seed = seed});
    EXPECT_THAT(report, FindsLeak("needs a send on channel \"jobs\" or its close -> only T1 sends "
                                  "or closes there: T1 has finished"));
    EXPECT_THAT(report.tasks.at(0).label, HasSubstr("worker"));
  }
}

HEDDLE_TEST(WorkerPool, AllWaitForDoneSurvives, .schedules = 10'000) {
  FirstAnswer(PoolMistake::kNone);
}

// For scripts/score.
const Subject kWorkerPoolProducer = {{
    .name = "worker_pool_producer",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          FirstAnswer(version == Version::kBuggy ? PoolMistake::kProducerIgnoresContext
                                                 : PoolMistake::kNone);
        },
    .explains = {"T1 producer", "T1 -> needs a receive on channel \"jobs\""},
}};

const Subject kWorkerPoolWorkers = {{
    .name = "worker_pool_workers",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          FirstAnswer(version == Version::kBuggy ? PoolMistake::kWorkersIgnoreContext
                                                 : PoolMistake::kNone);
        },
    .explains = {"needs a send on channel \"jobs\" or its close",
                 "only T1 sends or closes there: T1 has finished"},
}};

}  // namespace
