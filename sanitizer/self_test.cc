// SPDX-License-Identifier: Apache-2.0
//
// Proves, in every ThreadSanitizer build, that the detector is neither blind nor noisy: for each way in
// which a primitive orders two tasks there is a program that lacks that order, whose race on plain
// memory must be reported, and its twin that has it, on which nothing may be.
//
// Blindness would come from an edge too many (a switch that orders, an effect published too early),
// noise from an edge too few or from harness memory that is not hidden.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"
#include "heddle/report/text.h"
#include "support/environment.h"

namespace heddle {
namespace {

using testing::HasSubstr;

enum class Order { kLacking, kGiven };

// Plain memory that two tasks write; kept away from the harness's own.
struct Plain {
  int value = 0;
  std::vector<int> list;
  void Write() {
    ++value;
    list.push_back(value);
  }
};

void ByMutex(Order order) {
  Plain plain;
  Mutex mine("mine"), theirs("theirs");
  auto write = [&plain](Mutex& mu) {
    MutexLock lock(mu);
    plain.Write();
  };
  Task a = Go("a", [&] { write(mine); });
  Task b = Go("b", [&] { write(order == Order::kGiven ? mine : theirs); });
  a.Join();
  b.Join();
}

void BySemaphore(Order order) {
  Plain plain;
  Semaphore permits(order == Order::kGiven ? 1 : 2, "permits");
  auto write = [&] {
    permits.acquire();
    plain.Write();
    permits.release();
  };
  Task a = Go("a", write);
  Task b = Go("b", write);
  a.Join();
  b.Join();
}

void ByBufferedChannel(Order order) {
  Plain plain;
  Channel<int> channel(1, "channel");
  Task a = Go("a", [&] {
    if (order == Order::kGiven) plain.Write();
    channel.Send(1);
    if (order == Order::kLacking) plain.Write();
  });
  Task b = Go("b", [&] {
    (void)channel.Receive();
    plain.Write();
  });
  a.Join();
  b.Join();
}

// The receive that makes room happens before the send that uses it returns.
void ByRoomInBuffer(Order order) {
  Plain plain;
  Channel<int> channel(order == Order::kGiven ? 1 : 2, "channel");
  Task a = Go("a", [&] {
    channel.Send(1);
    channel.Send(2);
    plain.Write();
  });
  Task b = Go("b", [&] {
    plain.Write();
    (void)channel.Receive();
  });
  a.Join();
  b.Join();
}

// Without a buffer each side happens before the other returns.
void ByRendezvous(Order order) {
  Plain plain;
  Channel<int> channel(0, "channel");
  Task a = Go("a", [&] {
    channel.Send(1);
    plain.Write();
  });
  Task b = Go("b", [&] {
    if (order == Order::kGiven) plain.Write();
    (void)channel.Receive();
    if (order == Order::kLacking) plain.Write();
  });
  a.Join();
  b.Join();
}

void ByClose(Order order) {
  Plain plain;
  Channel<int> channel(1, "channel");
  Task a = Go("a", [&] {
    if (order == Order::kGiven) plain.Write();
    channel.Close();
    if (order == Order::kLacking) plain.Write();
  });
  Task b = Go("b", [&] {
    (void)channel.Receive();
    plain.Write();
  });
  a.Join();
  b.Join();
}

void BySpawnAndJoin(Order order) {
  Plain plain;
  plain.Write();
  Task a = Go("a", [&] { plain.Write(); });
  if (order == Order::kGiven) a.Join();
  plain.Write();
  if (order == Order::kLacking) a.Join();
}

// Virtual time orders nothing.
void BySleep(Order order) {
  Plain plain;
  Task a = Go("a", [&] { plain.Write(); });
  Sleep(std::chrono::seconds(1));
  if (order == Order::kGiven) a.Join();
  plain.Write();
  if (order == Order::kLacking) a.Join();
}

struct Case {
  const char* name;
  void (*program)(Order);

  friend void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }
};

class SelfTest : public testing::TestWithParam<Case> {};

TEST_P(SelfTest, RaceIsSeenWithSeedNamesAndStacks) {
  const Report report =
      Explore([&] { GetParam().program(Order::kLacking); }, {.name = GetParam().name});
  ASSERT_THAT(report, FindsRace("ThreadSanitizer reports"));
  EXPECT_TRUE(report.reproduced) << testing::PrintToString(report);
  EXPECT_NE(report.seed, "");
  ASSERT_EQ(report.accesses.size(), 2u);
  for (const AccessReport& access : report.accesses) {
    EXPECT_THAT(access.task, testing::AnyOf("T0 main", "T1 a", "T2 b"));
    ASSERT_FALSE(access.stack.empty());
    EXPECT_THAT(RenderText(report), HasSubstr("self_test.cc:"));
  }
  EXPECT_NE(report.accesses[0].task, report.accesses[1].task);
}

TEST_P(SelfTest, OrderedTwinIsSilent) {
  EXPECT_THAT(Explore([&] { GetParam().program(Order::kGiven); },
                      {.name = GetParam().name, .schedules = 10'000, .vacuous_ok = true}),
              Passes());
}

INSTANTIATE_TEST_SUITE_P(Tsan, SelfTest,
                         testing::Values(Case{"mutex", ByMutex}, Case{"semaphore", BySemaphore},
                                         Case{"buffered", ByBufferedChannel},
                                         Case{"room", ByRoomInBuffer},
                                         Case{"rendezvous", ByRendezvous}, Case{"close", ByClose},
                                         Case{"join", BySpawnAndJoin}, Case{"sleep", BySleep}),
                         [](const auto& each) { return std::string(each.param.name); });

// An exploration that reported a race must not make later ones blind or noisy.
TEST(SelfTest, EveryExplorationStartsAfresh) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Explore([] { ByMutex(Order::kLacking); }, {.name = "again"}), FindsRace());
    EXPECT_THAT(Explore([] { ByMutex(Order::kGiven); }, {.name = "again", .schedules = 100}),
                Passes());
  }
}

// ThreadSanitizer remembers four accesses to the same 8 bytes and forgets one at each further one: it
// misses this race in some runs of a schedule that shows it.
void Crowded() {
  struct alignas(8) {
    int value = 0;
    bool flags[4] = {};
  } plain;
  auto write = [&plain](int i) {
    ++plain.value;
    for (int flag = 0; flag < 4; ++flag) {
      if (plain.flags[flag]) Yield();
    }
    if (i == 1) ++plain.value;
  };
  Task a = Go("a", [&] { write(0); });
  Task b = Go("b", [&] { write(1); });
  a.Join();
  b.Join();
}

// No step follows the race: the run that misses it is the same in its steps to the end.
void LastOfAll() {
  const auto plain = std::make_shared<int>(0);
  Go("a", [plain] { ++*plain; });
  Yield();
  ++*plain;
}

void ExpectSeenAgain(void (*program)(), const char* name) {
  testing_support::CleanEnvironment clean;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Options options = {.name = name, .seed = seed};
    const Report report = Explore(program, options);
    ASSERT_THAT(report, FindsRace("ThreadSanitizer reports"));
    ASSERT_TRUE(report.reproduced) << RenderText(report);
    for (const std::string& replay : {report.replay, "HEDDLE_SEED=" + report.seed}) {
      const size_t equals = replay.find('=');
      testing_support::ScopedVariable variable(replay.substr(0, equals), replay.substr(equals + 1));
      const Report again = Explore(program, options);
      ASSERT_THAT(again, FindsRace("ThreadSanitizer reports")) << replay;
      ASSERT_EQ(again.trace_hash, report.trace_hash);
      ASSERT_TRUE(again.reproduced);
    }
  }
}

TEST(SelfTest, ForgottenAccessesAreSeenInAFurtherRun) {
  ExpectSeenAgain(Crowded, "crowded");
  ExpectSeenAgain(LastOfAll, "last");
}

// Looking for a race again hides no scenario that does not repeat itself.
TEST(SelfTest, ASingleExecutionThatDoesNotRepeatItselfIsToldSo) {
  testing_support::CleanEnvironment clean;
  testing_support::ScopedVariable variable("HEDDLE_SEED", "0x5eed:0");
  static int runs = 0;
  for (int even = 0; even < 2; ++even) {
    runs = even;
    const Report report = Explore(
        [] {
          Task other = Go("other", [] { Yield(); });
          other.Join();
          if (++runs % 2 == 0) Yield();
        },
        {.name = "uneven"});
    EXPECT_EQ(report.verdict, Verdict::kDiverged) << RenderText(report);
  }
}

TEST(SelfTest, ARaceThatDoesNotRepeatItselfIsToldSo) {
  static int runs = 0;
  const Report report = Explore(
      [] {
        Plain plain;
        if (++runs % 2 == 0) Yield();
        Task a = Go("a", [&] { plain.Write(); });
        Task b = Go("b", [&] { plain.Write(); });
        a.Join();
        b.Join();
      },
      {.name = "uneven race"});
  EXPECT_EQ(report.verdict, Verdict::kDiverged) << RenderText(report);
}

}  // namespace
}  // namespace heddle
