// SPDX-License-Identifier: Apache-2.0
//
// A pipeline whose last stage has had enough. Wrong: it closes the channel that it receives from, and
// the stage before sends on a closed channel. Right: it cancels their context; each stage closes the
// channel that it sends to, when it has sent its last, and nobody else does.
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

// Each stage ends when its input or its context does, and closes its output then.
void Count(const Context& context, Channel<int> numbers) {
  for (int n = 1; n <= 5; ++n) {
    if (Select(OnReceive(context.Done()), OnSend(numbers, n)) == 0) break;
  }
  numbers.Close();
}

void Square(const Context& context, Channel<int> numbers, Channel<int> squares) {
  for (int n : numbers) {
    if (Select(OnReceive(context.Done()), OnSend(squares, n * n)) == 0) break;
  }
  squares.Close();
}

enum class Ending { kReceiverCloses, kReceiverCancels };

void SumOfTwo(Ending ending) {
  CancelableContext pipeline = WithCancel(Background());
  Channel<int> numbers(0, "numbers"), squares(0, "squares");
  Go("count", [=, context = pipeline.context] { Count(context, numbers); });
  Go("square", [=, context = pipeline.context] { Square(context, numbers, squares); });
  int sum = 0;
  for (int i = 0; i < 2; ++i) sum += squares.Receive().value();
  EXPECT_EQ(sum, 1 + 4);
  if (ending == Ending::kReceiverCloses) {
    squares.Close();
  } else {
    pipeline.cancel();
  }
}

TEST(Pipeline, ClosedByTheReceiverIsMisuse) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { SumOfTwo(Ending::kReceiverCloses); },
                            {.name = "closed by receiver", .schedules = 1, .seed = seed});
    EXPECT_THAT(report, FindsMisuse("by T2 square, spawned at pipeline_test.cc:"));
    EXPECT_THAT(
        report,
        FindsMisuse("send on closed channel \"squares\"; T0 closed it at pipeline_test.cc:"));
  }
}

HEDDLE_TEST(Pipeline, ClosedByItsSenderSurvives, .schedules = 10'000) {
  SumOfTwo(Ending::kReceiverCancels);
}

// For scripts/score.
const Subject kPipeline = {{
    .name = "pipeline_closed_by_receiver",
    .suite = Suite::kPatterns,
    .expected = Verdict::kMisuse,
    .when = When::kAlways,
    .body =
        [](Version version) {
          SumOfTwo(version == Version::kBuggy ? Ending::kReceiverCloses : Ending::kReceiverCancels);
        },
    .explains = {"send on closed channel \"squares\"; T0 closed it", "by T2 square"},
}};

}  // namespace
