// SPDX-License-Identifier: Apache-2.0
//
// Orders that an operation does not take, and atomics before, after and outside executions.
#include <atomic>
#include <memory>
#include <string>

#include "heddle/runtime/execute.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

constexpr char kReadRemedy[] = "read with memory_order_relaxed, acquire or seq_cst";
constexpr char kStoreRemedy[] = "store with memory_order_relaxed, release or seq_cst";

TEST(AtomicMisuseTest, OrdersThatDoNotFit) {
  std::string at;
  auto misuse = [&](auto use, const char* message, const char* remedy) {
    Report report = Try([&] {
      Atomic<int> a(0, "a");
      use(a);
    });
    EXPECT_THAT(report, FailsAt(Verdict::kMisuse, message, at, remedy));
  };
  using A = Atomic<int>;
  misuse([&](A& a) { at = HEDDLE_HERE, (void)a.load(std::memory_order_release); },
         "load of atomic \"a\" has the order memory_order_release", kReadRemedy);
  misuse([&](A& a) { at = HEDDLE_HERE, (void)a.load(std::memory_order_acq_rel); },
         "load of atomic \"a\" has the order memory_order_acq_rel", kReadRemedy);
  misuse([&](A& a) { at = HEDDLE_HERE, a.wait(1, std::memory_order_release); },
         "wait of atomic \"a\" has the order memory_order_release", kReadRemedy);
  misuse([&](A& a) { at = HEDDLE_HERE, a.store(1, std::memory_order_acquire); },
         "store of atomic \"a\" has the order memory_order_acquire", kStoreRemedy);
  misuse([&](A& a) { at = HEDDLE_HERE, a.store(1, std::memory_order_acq_rel); },
         "store of atomic \"a\" has the order memory_order_acq_rel", kStoreRemedy);
  misuse([&](A& a) { at = HEDDLE_HERE, a.store(1, std::memory_order_consume); },
         "store of atomic \"a\" has the order memory_order_consume", kStoreRemedy);
  for (std::memory_order failure : {std::memory_order_release, std::memory_order_acq_rel}) {
    misuse(
        [&](A& a) {
          int e = 0;
          at = HEDDLE_HERE, a.compare_exchange_strong(e, 1, std::memory_order_seq_cst, failure);
        },
        "compare_exchange of atomic \"a\" has the failure order memory_order_", kReadRemedy);
    misuse(
        [&](A& a) {
          int e = 0;
          at = HEDDLE_HERE, a.compare_exchange_weak(e, 1, std::memory_order_seq_cst, failure);
        },
        "compare_exchange of atomic \"a\" has the failure order memory_order_", kReadRemedy);
  }
  Report flags = Try([&] {
    AtomicFlag flag("f");
    at = HEDDLE_HERE, flag.clear(std::memory_order_acquire);
  });
  EXPECT_THAT(flags,
              FailsAt(Verdict::kMisuse, "store of atomic \"f\" has the order memory_order_acquire",
                      at, kStoreRemedy));
}

TEST(AtomicMisuseTest, UseAfterDestruction) {
  std::string at;
  Report report = Try([&] {
    Undead<Atomic<int>> a(0, "a");
    a.Destroy();
    at = HEDDLE_HERE, (void)a->load();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "an atomic was used after it was destroyed", at,
                              "let it live as long as the tasks that use it"));
}

TEST(AtomicMisuseTest, BlockedOnADestroyedAtomicIsALeakThatSaysSo) {
  Report report = Try(
      [] {
        auto a = std::make_shared<Undead<Atomic<int>>>(0, "gone");
        Go("waiter", [a] { (*a)->wait(0); });
        Sleep(kMoment);  // it is parked
        a->Destroy();
      },
      kClockWhenIdle);
  EXPECT_THAT(report, Fails(Verdict::kLeak, "1 task never finished"));
  EXPECT_THAT(report, Because("atomic \"gone\" -> destroyed while T1 waited"));
}

// -- Outside ------------------------------------------------------------------------------------------

Atomic<int> memory_global(7, "memory.global");
AtomicFlag memory_global_flag("memory.flag");

TEST(AtomicOutsideTest, AGlobalHasItsValueAgainInEachExecution) {
  EXPECT_THAT(Try(
                  [] {
                    EXPECT_EQ(memory_global.fetch_add(1), 7);
                    EXPECT_FALSE(memory_global_flag.test_and_set());
                    static Atomic<int> local(3);
                    EXPECT_EQ(local.exchange(4), 3);
                  },
                  {.schedules = 5}),
              Passes());
}

TEST(AtomicOutsideDeathTest, OperationsOutsideAreRefused) {
  EXPECT_DEATH((void)memory_global.load(), "load outside a scenario");
  EXPECT_DEATH(memory_global.store(1), "store outside a scenario");
  heddle::atomic_thread_fence(std::memory_order_seq_cst);  // does nothing
}

TEST(AtomicOutsideTest, AnAtomicOfAnotherExecutionIsRefused) {
  auto kept = std::make_shared<std::unique_ptr<Atomic<int>>>();
  Report report = Try(
      [kept] {
        if (*kept != nullptr) return (*kept)->store(1);
        *kept = std::make_unique<Atomic<int>>(0);
      },
      {.schedules = 2});
  EXPECT_FALSE(report.passed());
}

// -- Unwinding ----------------------------------------------------------------------------------------

// Counts its references as an intrusive pointer does.
struct MemoryCounted {
  explicit MemoryCounted(int* destroyed) : gone(destroyed) {}
  ~MemoryCounted() { ++*gone; }
  Atomic<int> references{1};
  int* gone;
};
class MemoryReference {
 public:
  explicit MemoryReference(MemoryCounted* counted) : counted_(counted) {}
  MemoryReference(const MemoryReference& other) : counted_(other.counted_) {
    counted_->references.fetch_add(1, std::memory_order_relaxed);
  }
  ~MemoryReference() {
    if (counted_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete counted_;
  }

 private:
  MemoryCounted* counted_;
};

TEST(AtomicUnwindTest, ReferencesAreCountedWhileTasksAreUnwound) {
  int made = 0;
  int destroyed = 0;
  Report report = Try([&] {
    ++made;
    MemoryReference mine(new MemoryCounted(&destroyed));
    for (int i = 0; i < 3; ++i) {
      Go({.daemon = true}, [mine] {
        MemoryReference copy(mine);
        (void)Channel<int>().Receive();
      });
    }
    Yield();
    Yield();
  });
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(destroyed, made);
}

TEST(AtomicUnwindTest, AWaitingTaskIsUnwound) {
  int unwound = 0;
  struct Guard {
    int* n;
    ~Guard() { ++*n; }
  };
  EXPECT_THAT(Try(
                  [&] {
                    auto a = std::make_shared<Atomic<int>>(0);
                    Go({.daemon = true}, [&unwound, a] {
                      Guard guard{&unwound};
                      a->wait(0);
                    });
                    for (int i = 0; i < 30; ++i) Yield();
                  },
                  {.schedules = 10}),
              Passes());
  EXPECT_GT(unwound, 0);
}

TEST(AtomicUnwindTest, ASpinningTaskIsUnwound) {
  EXPECT_THAT(Try(
                  [] {
                    auto a = std::make_shared<Atomic<bool>>(false);
                    Go({.daemon = true}, [a] {
                      while (!a->load()) {
                      }
                    });
                    Go({.daemon = true}, [a] {
                      a->exchange(true);
                      while (a->exchange(true)) {
                      }
                    });
                    Yield();
                  },
                  {.schedules = 50}),
              Passes());
}

}  // namespace
}  // namespace heddle::testing_support
