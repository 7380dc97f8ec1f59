// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "heddle/core/ids.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "support/edges.h"
#include "support/scenario.h"
#include "sync/std_parity.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// std::stop_source() hands itself to a constructor by reference: gcc -Og takes that for a use before it is made.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
namespace std_thread_real {
namespace {
namespace sync = std;
#include "sync/std_thread_programs.inc"
}  // namespace
}  // namespace std_thread_real
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace std_thread_explored {
namespace {
namespace sync = heddle::standard;
#include "sync/std_thread_programs.inc"
}  // namespace
}  // namespace std_thread_explored

namespace heddle::testing_support {
namespace {

TEST(StdThreadTest, ProgramsDoTheSameOnThreadsAndUnderEverySchedule) {
  ExpectParity(std_thread_real::kPrograms, std_thread_explored::kPrograms);
}

TEST(StdThreadTest, LosingAJoinableThreadIsMisuseAtItsStart) {
  std::string at;
  Report report = Try([&] { at = HEDDLE_HERE, (void)standard::thread([] {}); });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "the thread object of T1 is destroyed, but nobody",
                              at, "make it a jthread"));
  report = Try([&] {
    standard::thread thread([](int, int, int) {}, 1, 2, 3, NoteHere(at));
    thread = standard::thread();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "the thread object of T1 is assigned to", at,
                              "join it on every way out"));
}

TEST(StdThreadTest, AnExceptionThatLosesAThreadIsMisuseWhereStdTerminates) {
  Report report = Try([&] {
    standard::thread thread([] {});
    throw std::runtime_error("first");
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "destroyed while an exception is leaving its scope"));
  report = Try([&] {
    standard::jthread thread([] {});
    throw std::runtime_error("first");
  });
  EXPECT_THAT(report, Fails(Verdict::kException, "std::runtime_error: first"));
}

void LoseAThread() {
  standard::thread thread([] {});
  throw std::runtime_error("disk full");
}

// Throws and catches another exception, and takes a step meanwhile.
struct Busy {
  ~Busy() {
    try {
      throw std::logic_error("another");
    } catch (const std::logic_error&) {
      Yield();
    }
  }
};

// Both are to be seen: the thread, at which std ends the process, and what was thrown.
TEST(StdThreadTest, AThreadLostByAnExceptionIsReportedWithIt) {
  struct Way {
    const char* says;
    void (*body)();
  };
  const Way ways[] = {
      {"what left the task: std::runtime_error: disk full",
       [] {
         standard::mutex mutex;
         standard::lock_guard lock(mutex);
         LoseAThread();
       }},
      {"what was caught then: std::runtime_error: disk full",
       [] {
         try {
           LoseAThread();
         } catch (const std::exception&) {
           Yield();
         }
       }},
      {"what met noexcept: std::runtime_error: disk full",
       [] { []() noexcept { LoseAThread(); }(); }},
      {"what left the task: std::runtime_error: disk full",
       [] {
         try {
           throw std::logic_error("before");
         } catch (const std::logic_error&) {
           Busy busy;
           LoseAThread();
         }
       }},
  };
  for (const Way& way : ways) {
    EXPECT_THAT(Try(way.body),
                Fails(Verdict::kMisuse, std::string("would end the process; ") + way.says));
  }
}

TEST(StdThreadTest, AThreadLostByAnExceptionThatIsForgotten) {
  const Report report = Try([] {
    try {
      LoseAThread();
    } catch (const std::exception&) {
    }
    Yield();
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse, "destroyed while an exception is leaving its scope"));
  EXPECT_THAT(report.headline, testing::EndsWith("would end the process"));
}

TEST(StdThreadTest, TheLineOfTheStartIsKnownForUpToThreeArguments) {
  auto spawned_at = [](auto start) {
    Report report = Try([&] { start(); });
    EXPECT_EQ(report.verdict, Verdict::kLeak);
    return report.tasks.empty() ? "" : report.tasks.at(0).spawned_at;
  };
  auto stuck = [](auto...) { (void)Channel<int>().Receive(); };
  std::string at;
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, standard::thread(stuck).detach(); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, standard::thread(stuck, 1).detach(); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, standard::thread(stuck, 1, 2).detach(); }), at);
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, standard::thread(stuck, 1, 2, 3).detach(); }), at);
  EXPECT_EQ(spawned_at([&] { standard::thread(stuck, 1, 2, 3, 4).detach(); }), "-");
  EXPECT_EQ(spawned_at([&] { at = HEDDLE_HERE, standard::jthread(stuck, 1).detach(); }), at);
}

// The last of so many.
standard::thread::id StartAndJoin(int threads) {
  standard::thread::id last;
  for (int i = 0; i < threads; ++i) {
    standard::thread thread([] {});
    last = thread.get_id();
    thread.join();
  }
  return last;
}

// A thread that is started by one of the body's is known by a hash.
TEST(StdThreadTest, ThreadsWhoseHashesCollideAreTwo) {
  static_assert(TaskId::Spawned(TaskId{9}, 14) == TaskId::Spawned(TaskId{76}, 21));
  auto body = [] {
    standard::thread::id first, second;
    for (int i = 1; i <= 76; ++i) {
      standard::thread thread([&, i] {
        if (i == 9) first = StartAndJoin(14);
        if (i == 76) second = StartAndJoin(21);
      });
      thread.join();
    }
    HEDDLE_REQUIRE(first != second && (first < second) != (second < first));
    std::unordered_map<standard::thread::id, int> hashed{{first, 1}, {second, 2}};
    HEDDLE_REQUIRE(hashed.at(first) == 1 && hashed.at(second) == 2);
    std::ostringstream text;
    text << first << " " << second;
    HEDDLE_REQUIRE(text.str() == "T9.14 T76.21");
  };
  EXPECT_THAT(Try(body, {.schedules = 3}), Passes());
}

TEST(StdThreadTest, ThreadsThatJoinEachOtherAreACycle) {
  std::string at;
  Report report = Try([&] {
    auto self = std::make_shared<standard::thread>();
    Stage stage;
    *self = standard::thread([&, self] { stage.Await(1), at = HEDDLE_HERE, self->join(); });
    stage.Set(1);
    (void)Channel<int>().Receive();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "T1"));
  EXPECT_EQ(report.at, at);
}

// Nothing is thrown out of a destructor that blocks, and the rest of the stack is unwound.
TEST(StdThreadTest, AJthreadThatNeverEndsIsADeadlockAndUnwindsItsOwner) {
  std::string at;
  int unwound = 0;
  Report report = Try([&] {
    struct Note {
      ~Note() { ++*count; }
      int* count;
    } note{&unwound};
    standard::jthread stuck([] { (void)Channel<int>().Receive(); }, NoteHere(at));
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "none can run"));
  EXPECT_EQ(report.tasks.at(0).at, at);
  EXPECT_EQ(unwound, 2);  // once for the second run
}

TEST(StdThreadTest, AnExceptionOfACallbackLeavesRequestStop) {
  EXPECT_THAT(Try([] {
                standard::stop_source source;
                standard::stop_callback fails(source.get_token(),
                                              [] { throw std::runtime_error("no"); });
                standard::thread other([&] {
                  try {
                    source.request_stop();
                  } catch (const std::runtime_error&) {
                  }
                });
                other.join();
              }),
              Passes());
}

TEST(StdThreadTest, GlobalStopSourcesAreMadeAnew) {
  static standard::stop_source source;
  EXPECT_THAT(Try([] {
                standard::thread other([] { source.request_stop(); });
                other.join();
                if (source.request_stop()) throw std::logic_error("twice");
              }),
              Passes());
  EXPECT_THAT(Try([] {
                standard::thread other([] {});
                other.join();
                if (source.stop_requested()) throw std::logic_error("left from before");
              }),
              Passes());
}

// As internal/std_time.h says.
TEST(StdThreadTest, ExecutionsBeginOnTheFirstDayOfSystemClock) {
  using namespace std::chrono;
  EXPECT_THAT(Try(
                  [] {
                    standard::this_thread::sleep_for(hours(25));
                    const auto now = standard::chrono::system_clock::now();
                    const sys_time<nanoseconds> time(now.time_since_epoch());
                    if (year_month_day(floor<days>(time)) != 1970y / January / 2) throw 1;
                  },
                  kClockWhenIdle),
              Passes());
}

struct StopWorld {
  standard::stop_source source;
  standard::stop_token token = source.get_token();
  std::optional<standard::stop_callback<std::function<void()>>> callback;
  Stage stage;
};

void SpinUntilStop(StopWorld& w) {
  while (!w.token.stop_requested()) Yield();
}

const Edge<StopWorld> kStopEdges[] = {
    {"request_stop to stop_requested", [](StopWorld& w) { w.source.request_stop(); },
     SpinUntilStop},
    {"request_stop to the stop_requested of a source",
     [](StopWorld& w) { w.source.request_stop(); },
     [](StopWorld& w) {
       while (!w.source.stop_requested()) Yield();
     }},
    {"request_stop to a callback that runs at once", [](StopWorld& w) { w.source.request_stop(); },
     [](StopWorld& w) {
       bool ran = false;
       while (!ran) {
         standard::stop_callback run(w.token, [&] { ran = true; });
       }
     }},
    {"request_stop to a request that comes too late",
     [](StopWorld& w) { w.source.request_stop(), w.stage.Add(); },
     [](StopWorld& w) { w.stage.Await(1), w.source.request_stop(); }},
    {"registration to the callback",
     [](StopWorld& w) { w.callback.emplace(w.token, [] {}), w.stage.Add(); },
     [](StopWorld& w) { w.stage.Await(1), w.source.request_stop(); }},
};

TEST(StdThreadTest, RequestsAreOrderedBeforeWhatSeesThem) {
  for (const Edge<StopWorld>& edge : kStopEdges) ExpectOrders(edge);
}

TEST(StdThreadTest, TheEndOfACallbackIsOrderedBeforeThatOfItsDestructor) {
  EXPECT_THAT(Try([] {
                standard::stop_source source;
                Shared<int> value(0, "value");
                std::optional<standard::stop_callback<std::function<void()>>> callback;
                callback.emplace(source.get_token(), [&] { Yield(), value.Set(1); });
                standard::thread requester([&] { source.request_stop(); });
                callback.reset();
                (void)value.Get();
                requester.join();
              }),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
