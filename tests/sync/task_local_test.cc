// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/task_local.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "heddle/sync/channel.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::UnorderedElementsAre;

TaskLocal<int> memory_depth;
TaskLocal<std::string> memory_name([] { return std::string("anon"); });

TEST(TaskLocalTest, EachTaskHasItsOwnInstance) {
  EXPECT_THAT(Try([] {
                TaskLocal<int> local(10);
                static TaskLocal<int> fixed(20);
                auto use = [&](int n) {
                  EXPECT_EQ(*memory_depth, 0);
                  EXPECT_EQ(*memory_name, "anon");
                  EXPECT_EQ(local.Get(), 10);
                  EXPECT_EQ(*fixed, 20);
                  Yield();
                  *memory_depth += n;
                  memory_name->append("!");
                  local.Get() += n;
                  *fixed += n;
                  Yield();
                  EXPECT_EQ(*memory_depth, n);
                  EXPECT_EQ(*memory_name, "anon!");
                  EXPECT_EQ(*local, 10 + n);
                  EXPECT_EQ(*fixed, 20 + n);
                };
                Task one = Go([&] { use(1); });
                Task two = Go([&] { use(2); });
                use(3);
                one.Join();
                two.Join();
              }),
              Passes());
}

TEST(TaskLocalTest, NoOperationIsAStepOrAnEdge) {
  EXPECT_EQ(Try([] { ++*memory_depth; }).total_steps, Try([] {}).total_steps);
  EXPECT_THAT(Try([] {
                Shared<int> value(0, "value");
                Task other = Go([&] {
                  value.Set(1);
                  ++*memory_depth;
                });
                ++*memory_depth;
                value.Set(2);
                other.Join();
              }),
              Fails(Verdict::kRace, "\"value\""));
}

// Says when it comes and goes.
class MemoryTracer {
 public:
  MemoryTracer(Log& log, char letter) : log_(log), letter_(letter) { log_.Add(letter_); }
  ~MemoryTracer() {
    log_.Add('~');
    log_.Add(letter_);
  }
  MemoryTracer(const MemoryTracer&) = delete;
  MemoryTracer& operator=(const MemoryTracer&) = delete;

 private:
  Log& log_;
  char letter_;
};
using MemoryTracerPtr = std::unique_ptr<MemoryTracer>;

TEST(TaskLocalTest, InstancesAreMadeAtFirstUseAndDestroyedInReverseOrderAtTheEnd) {
  Observed seen = Observe([](Log& log) {
    TaskLocal<MemoryTracerPtr> a([&] { return std::make_unique<MemoryTracer>(log, 'a'); });
    TaskLocal<MemoryTracerPtr> b([&] { return std::make_unique<MemoryTracer>(log, 'b'); });
    Go([&] {
      log.Add('<');
      b.Get();
      a.Get();
      b.Get();
      log.Add('>');
    }).Join();
    log.Add('.');
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("<ba>~a~b."));
}

TEST(TaskLocalTest, TheBodysInstancesOutliveTheVariable) {
  Observed seen = Observe([](Log& log) {
    TaskLocal<MemoryTracerPtr> a([&] { return std::make_unique<MemoryTracer>(log, 'a'); });
    a.Get();
    log.Add('.');
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a.~a"));
}

TEST(TaskLocalTest, AVariableAtTheSameAddressIsAnother) {
  EXPECT_THAT(Try([] {
                alignas(TaskLocal<int>) std::byte place[sizeof(TaskLocal<int>)];
                for (int i = 0; i < 3; ++i) {
                  auto* local = new (place) TaskLocal<int>(i);
                  EXPECT_EQ(**local, i);
                  **local = 9;
                  local->~TaskLocal<int>();
                }
              }),
              Passes());
}

TEST(TaskLocalTest, AnExceptionDestroysThem) {
  Observed seen = Observe(
      [](Log& log) {
        TaskLocal<MemoryTracerPtr> a([&] { return std::make_unique<MemoryTracer>(log, 'a'); });
        a.Get();
        throw std::runtime_error("out");
      },
      {.schedules = 1});
  EXPECT_EQ(seen.report.verdict, Verdict::kException);
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a~a"));
}

TEST(TaskLocalTest, UnwindingDestroysThem) {
  Observed seen = Observe([](Log& log) {
    static TaskLocal<MemoryTracerPtr> local;
    Go({.daemon = true}, [&log] {
      *local = std::make_unique<MemoryTracer>(log, 'a');
      (void)Channel<int>().Receive();
    });
    Yield();
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("", "a~a"));
}

// Holds a mutex from its making to its end.
struct MemoryHolder {
  explicit MemoryHolder(Mutex& m) : mu(m) { mu.lock(); }
  ~MemoryHolder() { mu.unlock(); }
  MemoryHolder(const MemoryHolder&) = delete;
  MemoryHolder& operator=(const MemoryHolder&) = delete;
  Mutex& mu;
};

TEST(TaskLocalTest, ADestructorMayTakeStepsBeforeTheJoin) {
  EXPECT_THAT(Try([] {
                Mutex mu;
                Shared<int> value(0, "value");
                TaskLocal<std::unique_ptr<MemoryHolder>> held(
                    [&] { return std::make_unique<MemoryHolder>(mu); });
                auto work = [&] {
                  held.Get();
                  value.Set(value.Get() + 1);
                };
                Task one = Go(work);
                Task two = Go(work);
                one.Join();
                two.Join();
                EXPECT_TRUE(mu.try_lock());
                mu.unlock();
                EXPECT_EQ(value.Get(), 2);
              }),
              Passes());
}

TEST(TaskLocalTest, AnInitialiserMayTakeStepsAndMayThrow) {
  EXPECT_THAT(Try([] {
                bool fails = true;
                TaskLocal<int> local([&] {
                  Yield();
                  if (std::exchange(fails, false)) throw std::runtime_error("not yet");
                  return 5;
                });
                EXPECT_THROW(local.Get(), std::runtime_error);
                EXPECT_EQ(local.Get(), 5);
              }),
              Passes());
}

// Uses another task local when it dies.
struct MemoryLate {
  explicit MemoryLate(TaskLocal<MemoryTracerPtr>& o) : other(o) {}
  ~MemoryLate() { other.Get(); }
  MemoryLate(const MemoryLate&) = delete;
  MemoryLate& operator=(const MemoryLate&) = delete;
  TaskLocal<MemoryTracerPtr>& other;
};

TEST(TaskLocalTest, OneThatIsUsedAfterItsEndIsMadeAnew) {
  Observed seen = Observe([](Log& log) {
    TaskLocal<MemoryTracerPtr> a([&] { return std::make_unique<MemoryTracer>(log, 'a'); });
    TaskLocal<std::unique_ptr<MemoryLate>> late([&] { return std::make_unique<MemoryLate>(a); });
    Go([&] {
      late.Get();
      a.Get();
    }).Join();
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("a~aa~a"));
}

TEST(TaskLocalTest, AnyTypeWithADefault) {
  EXPECT_THAT(Try([] {
                TaskLocal<Mutex> own;  // cannot be moved
                own->lock();
                own->unlock();
                TaskLocal<std::unique_ptr<int>> pointer;
                EXPECT_EQ(*pointer, nullptr);
              }),
              Passes());
}

TEST(TaskLocalTest, AClosureThatNeverRanMayUseOneInItsDestructor) {
  Observed seen = Observe([](Log& log) {
    struct Captured {
      explicit Captured(Log& l) : log(&l) {}
      Captured(Captured&& other) noexcept : log(std::exchange(other.log, nullptr)) {}
      ~Captured() {
        if (log == nullptr) return;
        static TaskLocal<MemoryTracerPtr> local;
        *local = std::make_unique<MemoryTracer>(*log, 'd');
        log->Add('c');
      }
      Log* log;
    };
    Go({.daemon = true}, [captured = Captured(log)] { (void)captured; });
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("dc~d"));
}

TEST(TaskLocalDeathTest, OutsideItIsRefused) {
  EXPECT_DEATH(memory_depth.Get(), "TaskLocal outside a scenario");
}

}  // namespace
}  // namespace heddle::testing_support
