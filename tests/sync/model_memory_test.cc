// SPDX-License-Identifier: Apache-2.0
//
// Random programs of atomic operations against a model of plain variables. A task logs nothing and takes no step
// between an effect and the next operation, so the model, asked right after each operation, sees the effects in
// the order in which they happened.
#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

#if HEDDLE_TSAN || HEDDLE_ASAN
constexpr uint32_t kMemorySequences = 5'000;
#else
constexpr uint32_t kMemorySequences = 100'000;
#endif
constexpr int kMemoryOperations = 50;
constexpr uint32_t kMemoryVariables = 2;

// Not of Heddle's making, and not seen by ThreadSanitizer as the tasks' shared memory.
struct MemoryModel {
  std::atomic<int64_t> values[kMemoryVariables] = {};
  std::atomic<int> wrong{0};
  std::atomic<int> done{0};  // operations

  int64_t Get(uint32_t v) const { return values[v].load(std::memory_order_relaxed); }
  void Set(uint32_t v, int64_t value) { values[v].store(value, std::memory_order_relaxed); }
  void Expect(bool holds) {
    if (!holds) wrong.fetch_add(1, std::memory_order_relaxed);
  }
  void Update(uint32_t v, int64_t before, int64_t after) {
    Expect(Get(v) == before);
    Set(v, after);
  }
};

// What the program is made of: drawn, so that a repetition is of the same one.
Random MemoryProgram() {
  return Random(static_cast<uint64_t>(ChooseInt(0, std::numeric_limits<int64_t>::max())));
}

std::memory_order MemoryAnyOrder(Random& random) {
  static constexpr std::memory_order kOrders[] = {
      std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_release,
      std::memory_order_acq_rel, std::memory_order_seq_cst};
  return kOrders[random.Below(5)];
}
std::memory_order MemoryLoadOrder(Random& random) {
  static constexpr std::memory_order kOrders[] = {
      std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_seq_cst};
  return kOrders[random.Below(3)];
}
std::memory_order MemoryStoreOrder(Random& random) {
  static constexpr std::memory_order kOrders[] = {
      std::memory_order_relaxed, std::memory_order_release, std::memory_order_seq_cst};
  return kOrders[random.Below(3)];
}

void MemoryFetch(Random& random, MemoryModel& model, Atomic<int>& a, uint32_t v) {
  const int operand = static_cast<int>(random.Below(9)) - 4;
  const std::memory_order order = MemoryAnyOrder(random);
  switch (random.Below(5)) {
    case 0: {
      const int before = a.fetch_add(operand, order);
      return model.Update(v, before, before + operand);
    }
    case 1: {
      const int before = a.fetch_sub(operand, order);
      return model.Update(v, before, before - operand);
    }
    case 2: {
      const int before = a.fetch_and(operand, order);
      return model.Update(v, before, before & operand);
    }
    case 3: {
      const int before = a.fetch_or(operand, order);
      return model.Update(v, before, before | operand);
    }
    default: {
      const int before = a.fetch_xor(operand, order);
      return model.Update(v, before, before ^ operand);
    }
  }
}

void MemoryCompareExchange(Random& random, MemoryModel& model, Atomic<int>& a, uint32_t v) {
  const bool guess = random.Below(2) == 0;
  const int wanted = guess ? static_cast<int>(model.Get(v)) : static_cast<int>(random.Below(9)) - 4;
  const int desired = static_cast<int>(random.Below(9)) - 4;
  int expected = wanted;
  const bool exchanged = random.Below(2) == 0
                             ? a.compare_exchange_weak(expected, desired, MemoryAnyOrder(random),
                                                       MemoryLoadOrder(random))
                             : a.compare_exchange_strong(expected, desired, MemoryAnyOrder(random));
  // No faults are asked for: weak and strong are one.
  model.Expect(exchanged == (model.Get(v) == wanted));
  model.Expect(expected == model.Get(v));
  if (exchanged) model.Set(v, desired);
}

void MemoryOperation(Random& random, MemoryModel& model, Atomic<int>* atomics) {
  const uint32_t v = random.Below(kMemoryVariables);
  Atomic<int>& a = atomics[v];
  const int value = static_cast<int>(random.Below(9)) - 4;
  switch (random.Below(8)) {
    case 0:
    case 1: return model.Expect(a.load(MemoryLoadOrder(random)) == model.Get(v));
    case 2: a.store(value, MemoryStoreOrder(random)); return model.Set(v, value);
    case 3: return model.Update(v, a.exchange(value, MemoryAnyOrder(random)), value);
    case 4: return MemoryCompareExchange(random, model, a, v);
    case 5: heddle::atomic_thread_fence(MemoryAnyOrder(random)); return;
    case 6: return a.notify_all();
    default: return MemoryFetch(random, model, a, v);
  }
}

TEST(MemoryModelTest, AtomicsAreVariables) {
  int wrong = 0;
  uint64_t operations = 0;
  Report report = Try(
      [&] {
        Random random = MemoryProgram();
        MemoryModel model;
        Atomic<int> atomics[kMemoryVariables];
        const int tasks = 2 + static_cast<int>(random.Below(3));
        std::vector<Task> running;
        for (int t = 0; t < tasks; ++t) {
          running.push_back(Go([&, own = random.Split(static_cast<uint64_t>(t))]() mutable {
            while (model.done.fetch_add(1, std::memory_order_relaxed) < kMemoryOperations) {
              MemoryOperation(own, model, atomics);
            }
          }));
        }
        for (Task& task : running) task.Join();
        for (uint32_t v = 0; v < kMemoryVariables; ++v) {
          model.Expect(atomics[v].load() == model.Get(v));
        }
        wrong += model.wrong.load();
        operations += static_cast<uint64_t>(model.done.load() - tasks);
      },
      {.schedules = kMemorySequences, .seed = 7});
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(operations, uint64_t{kMemorySequences} * kMemoryOperations);
}

// Waiting against a model: who may go on is who is not parked, or was notified and finds another value.
struct MemoryWaitModel {
  std::atomic<int> value{0};
  std::atomic<int> parked{0};
  std::atomic<int> returned{0};
  std::atomic<int> wrong{0};
};

TEST(MemoryModelTest, NobodyWaitsForAValueThatIsGoneOnceNotified) {
  int wrong = 0;
  Report report = Try(
      [&] {
        Random random = MemoryProgram();
        MemoryWaitModel model;
        Atomic<int> a;
        const int waiters = 1 + static_cast<int>(random.Below(3));
        std::vector<Task> running;
        for (int t = 0; t < waiters; ++t) {
          running.push_back(Go([&] {
            a.wait(0, std::memory_order_relaxed);
            // It compared in the step before this statement.
            if (model.value.load(std::memory_order_relaxed) == 0) model.wrong.fetch_add(1);
            model.returned.fetch_add(1, std::memory_order_relaxed);
          }));
        }
        for (int i = 0; i < 12; ++i) {
          const int value = static_cast<int>(random.Below(3));
          switch (random.Below(3)) {
            case 0:
              a.store(value);
              model.value.store(value, std::memory_order_relaxed);
              break;
            case 1: a.notify_one(); break;
            default: a.notify_all(); break;
          }
        }
        a.store(1);
        model.value.store(1, std::memory_order_relaxed);
        // Each of the notifications reaches one that is parked, as long as there is one.
        for (int t = 0; t < waiters; ++t) a.notify_one();
        for (Task& task : running) task.Join();
        if (model.returned.load() != waiters) ++wrong;
        wrong += model.wrong.load();
      },
      {.schedules = kMemorySequences, .seed = 8});
  EXPECT_THAT(report, Passes());
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace heddle::testing_support
