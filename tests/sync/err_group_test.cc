// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/err_group.h"

#include <any>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "heddle/sync/select.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::UnorderedElementsAre;

const std::error_code kOk;
const std::error_code kBroken = std::make_error_code(std::errc::broken_pipe);
const std::error_code kBusy = std::make_error_code(std::errc::device_or_resource_busy);

TEST(ErrGroupTest, WaitsForAllAndReturnsNoErrorIfThereWasNone) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group;
                Shared<int> parts[3];
                for (auto& part : parts) {
                  group.Go([&part] {
                    Yield();
                    part.Set(1);
                    return kOk;
                  });
                }
                EXPECT_FALSE(group.Wait());
                for (auto& part : parts) EXPECT_EQ(part.Get(), 1);
              }),
              Passes());
}

TEST(ErrGroupTest, ReturnsTheFirstErrorWhicheverThatIs) {
  Observed seen = Observe([](Log& log) {
    ErrGroup<> group;
    group.Go([] { return kBroken; });
    group.Go([] { return kBusy; });
    group.Go([] { return kOk; });
    const std::error_code error = group.Wait();
    log.Add(error == kBroken ? 'p' : error == kBusy ? 'b' : '-');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("p", "b"));
}

TEST(ErrGroupTest, TheFirstErrorCancelsTheSiblings) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group(Background());
                group.Go([&] {
                  (void)group.context().Done().Receive();
                  EXPECT_EQ(std::any_cast<std::error_code>(group.context().Cause()), kBroken);
                  return kBusy;
                });
                group.Go([] { return kBroken; });
                EXPECT_EQ(group.Wait(), kBroken);
                EXPECT_EQ(group.context().Err(), ContextError::kCanceled);
              }),
              Passes());
}

TEST(ErrGroupTest, WaitCancelsTheContextInAnyCase) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group(Background());
                group.Go([] { return kOk; });
                EXPECT_EQ(group.context().Err(), ContextError::kNone);
                EXPECT_FALSE(group.Wait());
                EXPECT_EQ(group.context().Err(), ContextError::kCanceled);
              }),
              Passes());
}

TEST(ErrGroupTest, WithoutAContextNobodyIsStopped) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group;
                EXPECT_TRUE(group.context().Done().IsNil());
                group.Go([] { return kBroken; });
                EXPECT_EQ(group.Wait(), kBroken);
              }),
              Passes());
}

TEST(ErrGroupTest, ALimitBoundsTheTasksThatRun) {
  Stage running;
  Observed seen = Observe([&](Log& log) {
    running.Set(0);
    ErrGroup<> group;
    group.SetLimit(2);
    for (int i = 0; i < 4; ++i) {
      group.Go([&] {
        running.Add();
        log.Add(std::to_string(running.Get()));
        Yield();
        running.Add(-1);
        return kOk;
      });
    }
    EXPECT_FALSE(group.Wait());
  });
  EXPECT_THAT(seen.report, Passes());
  bool two = false;
  for (const std::string& text : seen.texts) {
    EXPECT_EQ(text.find('3'), std::string::npos);
    two = two || text.find('2') != std::string::npos;
  }
  EXPECT_TRUE(two);
}

TEST(ErrGroupTest, TryGoSucceedsBelowTheLimit) {
  Observed seen = Observe([](Log& log) {
    ErrGroup<> group;
    group.SetLimit(1);
    Channel<int> gate(1);
    EXPECT_TRUE(group.TryGo([&] {
      (void)gate.Receive();
      return kOk;
    }));
    EXPECT_FALSE(group.TryGo([] { return kOk; }));
    gate.Send(1);
    log.Add(group.TryGo([] { return kBroken; }) ? 'y' : 'n');
    log.Add(group.Wait() ? 'e' : '-');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("ye", "n-"));
}

TEST(ErrGroupTest, ALimitMayBeChangedWhileNoTaskRuns) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group;
                group.SetLimit(1);
                group.SetLimit(2);
                group.Go([] { return kOk; });
                EXPECT_FALSE(group.Wait());
                group.SetLimit(-1);
              }),
              Passes());
  Report report = Try([] {
    ErrGroup<> group;
    group.SetLimit(1);
    group.Go([] {
      (void)Channel<int>(1).Receive();
      return kOk;
    });
    group.SetLimit(2);
  });
  EXPECT_THAT(report, Fails(Verdict::kMisuse,
                            "the limit of an error group is changed while 1 task of it runs"));
}

TEST(ErrGroupTest, ALimitOfZeroLetsNobodyIn) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group;
                group.SetLimit(0);
                EXPECT_FALSE(group.TryGo([] { return kOk; }));
                group.Go([] { return kOk; });
              }),
              Fails(Verdict::kDeadlock, "1 of 1 live task is blocked"));
}

TEST(ErrGroupTest, AnExceptionIsAnErrorThatWaitThrows) {
  EXPECT_THAT(Try([] {
                ErrGroup<> group(Background());
                group.Go([]() -> std::error_code { throw std::runtime_error("no disk"); });
                group.Go([&] {
                  (void)group.context().Done().Receive();
                  return kOk;
                });
                try {
                  (void)group.Wait();
                  ADD_FAILURE();
                } catch (const std::runtime_error& error) {
                  EXPECT_STREQ(error.what(), "no disk");
                }
              }),
              Passes());
}

TEST(ErrGroupTest, TakesOtherTypesOfErrors) {
  EXPECT_THAT(Try([] {
                ErrGroup<absl::Status> statuses;
                statuses.Go([] { return absl::OkStatus(); });
                EXPECT_TRUE(statuses.Wait().ok());
                statuses.Go([] { return absl::NotFoundError("x"); });
                EXPECT_EQ(statuses.Wait(), absl::NotFoundError("x"));
                ErrGroup<std::optional<std::string>> texts;
                texts.Go([] { return std::optional<std::string>(); });
                texts.Go([] { return std::optional<std::string>("full"); });
                EXPECT_EQ(texts.Wait(), "full");
              }),
              Passes());
}

TEST(ErrGroupTest, TheEndOfEachTaskHappensBeforeWaitReturns) {
  auto run = [](bool waits) {
    return Try([waits] {
      ErrGroup<> group;
      Shared<int> value(0, "value");
      group.Go([&] {
        value.Set(1);
        return kOk;
      });
      if (waits) (void)group.Wait();
      (void)value.Get();
      if (!waits) (void)group.Wait();
    });
  };
  EXPECT_THAT(run(true), Passes());
  EXPECT_THAT(run(false), Fails(Verdict::kRace, "\"value\""));
}

// What a wait group with an error variable gets wrong: found, and silent with the group.
TEST(ErrGroupTest, ATaskThatIgnoresTheContextIsALeakInTheEnd) {
  Report report = Try([] {
    ErrGroup<> group(Background(), "fetch");
    Channel<int> results(0);
    group.Go([results] {
      results.Send(1);  // nobody receives: should watch group.context().Done()
      return kOk;
    });
    group.Go([] { return kBroken; });
    (void)group.Wait();
  });
  EXPECT_THAT(report, Fails(Verdict::kDeadlock, "2 of 2 live tasks are blocked"));
}

}  // namespace
}  // namespace heddle::testing_support
