// SPDX-License-Identifier: Apache-2.0
//
// A test of an operation that may hang: a server that loses a request. Wrong: the test awaits the reply,
// whatever happens, and so never ends; Heddle reports that as a deadlock, at once. Right: the test's
// context has a deadline, which every operation in it observes; on virtual time a deadline of a minute
// costs nothing. (A test that hangs in real time, in an endless loop say, is ended by .deadline_ms: see
// README.md, 'Tests that do not end'.)
#include <chrono>
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
using namespace std::chrono_literals;

struct Ping {
  int id;
  Sender<int> reply;
};

// Loses every second ping.
void Answer(const Receiver<Ping>& pings) {
  for (const Ping& ping : pings) {
    if (ping.id % 2 == 1) ping.reply.Send(ping.id);
  }
}

// Nothing: the context ended first.
std::optional<int> Await(const Context& context, const Receiver<int>& reply) {
  std::optional<int> answer;
  Select(OnReceive(context.Done()), OnReceive(reply, [&](std::optional<int> id) { answer = id; }));
  return answer;
}

void PingTwice(const Context& context, int answers_expected) {
  Channel<Ping> pings(0, "pings");
  Task server = Go("server", [=] { Answer(pings); });
  int answers = 0;
  for (int id = 1; id <= 2; ++id) {
    Channel<int> reply(1, "reply");
    pings.Send({id, reply});
    if (Await(context, reply) == id) ++answers;
  }
  EXPECT_EQ(answers, answers_expected);
  pings.Close();
  server.Join();
}

TEST(HungOperation, WithoutDeadlineDeadlocks) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { PingTwice(Background(), 1); },
                            {.name = "without deadline", .schedules = 1, .seed = seed});
    EXPECT_THAT(
        report,
        FindsDeadlock(
            "a send on channel \"reply\" or its close -> no other task sends or closes there"));
  }
}

HEDDLE_TEST(HungOperation, DeadlineOfTheTestSurvives, .schedules = 10'000, .clock = kWhenIdle) {
  CancelableContext test = WithTimeout(Background(), 1min);
  PingTwice(test.context, 1);
  EXPECT_EQ(test.context.Err(), ContextError::kDeadlineExceeded);
  EXPECT_EQ(Now().time_since_epoch(), 1min);
}

// For scripts/score.
const Subject kHungOperation = {{
    .name = "hung_operation",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          if (version == Version::kBuggy) return PingTwice(Background(), 1);
          PingTwice(WithTimeout(Background(), 1min).context, 1);
        },
    .explains = {"T0 -> needs a send on channel \"reply\" or its close -> no other task sends or "
                 "closes there"},
    .options = {.clock = ClockPolicy::kWhenIdle},
}};

}  // namespace
