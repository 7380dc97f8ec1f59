// SPDX-License-Identifier: Apache-2.0
//
// What the operations of an Atomic return. Its edges: order_memory_test.cc.
#include "heddle/sync/atomic.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "heddle/sync/task.h"
#include "support/execute.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using testing::UnorderedElementsAre;

struct MemoryPair {
  int32_t a;
  int32_t b;
};
struct MemoryNoDefault {
  explicit MemoryNoDefault(int n) : bytes{static_cast<char>(n)} {}
  char bytes[24];
};
enum class MemoryColour : uint8_t { kRed = 7, kBlue = 8 };

void ExpectMemoryPasses(void (*body)()) { EXPECT_THAT(Try(body, {.schedules = 3}), Passes()); }

// -- The rows of the table ----------------------------------------------------------------------------

TEST(AtomicTest, LoadStoreAndExchange) {
  ExpectMemoryPasses([] {
    Atomic<int> a(3, "a");
    EXPECT_EQ(a.load(), 3);
    a.store(4);
    EXPECT_EQ(a.load(std::memory_order_relaxed), 4);
    EXPECT_EQ(a.exchange(5), 4);
    EXPECT_EQ(a, 5);
    EXPECT_EQ(a = 6, 6);
    EXPECT_EQ(a.load(std::memory_order_acquire), 6);
    Atomic<bool> zero;
    EXPECT_FALSE(zero.load());
    Atomic<long> implicit = 7;
    EXPECT_EQ(implicit, 7);
  });
}

TEST(AtomicTest, CompareExchange) {
  ExpectMemoryPasses([] {
    Atomic<int> a(3);
    int expected = 2;
    EXPECT_FALSE(a.compare_exchange_strong(expected, 9));
    EXPECT_EQ(expected, 3);
    EXPECT_TRUE(a.compare_exchange_strong(expected, 9));
    EXPECT_EQ(expected, 3);
    EXPECT_EQ(a, 9);
    EXPECT_FALSE(
        a.compare_exchange_weak(expected, 1, std::memory_order_release, std::memory_order_acquire));
    EXPECT_EQ(expected, 9);
    EXPECT_TRUE(a.compare_exchange_weak(expected, 1, std::memory_order_acq_rel));
    EXPECT_TRUE(a.compare_exchange_strong(expected = 1, 2, std::memory_order_relaxed,
                                          std::memory_order_seq_cst));
    EXPECT_EQ(a, 2);
  });
}

template <class T>
void ExpectMemoryFetches() {
  Atomic<T> a(static_cast<T>(12));
  EXPECT_EQ(a.fetch_add(3), static_cast<T>(12));
  EXPECT_EQ(a.fetch_sub(5, std::memory_order_relaxed), static_cast<T>(15));
  EXPECT_EQ(a.fetch_and(6), static_cast<T>(10));
  EXPECT_EQ(a.fetch_or(5), static_cast<T>(2));
  EXPECT_EQ(a.fetch_xor(1), static_cast<T>(7));
  EXPECT_EQ(a.load(), static_cast<T>(6));
  EXPECT_EQ(++a, static_cast<T>(7));
  EXPECT_EQ(a++, static_cast<T>(7));
  EXPECT_EQ(--a, static_cast<T>(7));
  EXPECT_EQ(a--, static_cast<T>(7));
  EXPECT_EQ(a += 4, static_cast<T>(10));
  EXPECT_EQ(a -= 1, static_cast<T>(9));
  EXPECT_EQ(a &= 8, static_cast<T>(8));
  EXPECT_EQ(a |= 1, static_cast<T>(9));
  EXPECT_EQ(a ^= 3, static_cast<T>(10));
  EXPECT_EQ(a, static_cast<T>(10));
  // Wraps.
  a = std::numeric_limits<T>::max();
  EXPECT_EQ(++a, std::numeric_limits<T>::min());
  EXPECT_EQ(--a, std::numeric_limits<T>::max());
}

TEST(AtomicTest, IntegersHaveAllFetchOperations) {
  ExpectMemoryPasses([] {
    ExpectMemoryFetches<int>();
    ExpectMemoryFetches<unsigned>();
    ExpectMemoryFetches<signed char>();
    ExpectMemoryFetches<uint8_t>();
    ExpectMemoryFetches<int16_t>();
    ExpectMemoryFetches<int64_t>();
    ExpectMemoryFetches<uint64_t>();
  });
}

TEST(AtomicTest, FloatsAddAndPointersMove) {
  ExpectMemoryPasses([] {
    Atomic<double> d(1.5);
    EXPECT_EQ(d.fetch_add(2), 1.5);
    EXPECT_EQ(d.fetch_sub(0.5), 3.5);
    EXPECT_EQ(d += 1, 4);
    EXPECT_EQ(d -= 3, 1);
    int cells[4] = {};
    Atomic<int*> p(cells);
    EXPECT_EQ(p.fetch_add(2), cells);
    EXPECT_EQ(p.fetch_sub(1), cells + 2);
    EXPECT_EQ(++p, cells + 2);
    EXPECT_EQ(p++, cells + 2);
    EXPECT_EQ(--p, cells + 2);
    EXPECT_EQ(p--, cells + 2);
    EXPECT_EQ(p += 2, cells + 3);
    EXPECT_EQ(p -= 3, cells);
  });
}

template <class T>
concept MemoryHasFetchAdd = requires(Atomic<T>& a) {
  a.fetch_add(1);
};
template <class T>
concept MemoryHasFetchAnd = requires(Atomic<T>& a) {
  a.fetch_and(1);
};
template <class T>
concept MemoryHasIncrement = requires(Atomic<T>& a) {
  ++a;
};

TEST(AtomicTest, TheInterfaceIsThatOfStd) {
  static_assert(MemoryHasFetchAdd<int> && MemoryHasFetchAdd<float> && MemoryHasFetchAdd<char*>);
  static_assert(!MemoryHasFetchAdd<bool> && !MemoryHasFetchAdd<void*> &&
                !MemoryHasFetchAdd<MemoryPair>);
  static_assert(MemoryHasFetchAnd<unsigned> && !MemoryHasFetchAnd<float> &&
                !MemoryHasFetchAnd<char*> && !MemoryHasFetchAnd<bool>);
  static_assert(MemoryHasIncrement<int> && MemoryHasIncrement<char*> &&
                !MemoryHasIncrement<double>);
  static_assert(!std::is_copy_constructible_v<Atomic<int>> &&
                !std::is_copy_assignable_v<Atomic<int>>);
  static_assert(std::is_same_v<Atomic<int>::value_type, int> &&
                std::is_same_v<Atomic<char*>::difference_type, ptrdiff_t>);
  static_assert(Atomic<int>::is_always_lock_free);
  static_assert(!Atomic<MemoryNoDefault>::is_always_lock_free);
  static_assert(!std::is_default_constructible_v<Atomic<MemoryNoDefault>>);
  ExpectMemoryPasses([] { EXPECT_TRUE(Atomic<int>().is_lock_free()); });
}

TEST(AtomicTest, AnyTriviallyCopyableTypeIsAValue) {
  ExpectMemoryPasses([] {
    Atomic<MemoryPair> pair(MemoryPair{1, 2});
    MemoryPair expected{1, 3};
    EXPECT_FALSE(pair.compare_exchange_strong(expected, {5, 6}));
    EXPECT_EQ(expected.b, 2);
    EXPECT_TRUE(pair.compare_exchange_strong(expected, {5, 6}));
    EXPECT_EQ(pair.load().b, 6);
    Atomic<MemoryNoDefault> large(MemoryNoDefault(1));
    EXPECT_EQ(large.exchange(MemoryNoDefault(2)).bytes[0], 1);
    EXPECT_EQ(large.load().bytes[0], 2);
    MemoryNoDefault wanted(3);
    EXPECT_FALSE(large.compare_exchange_weak(wanted, MemoryNoDefault(4)));
    EXPECT_EQ(wanted.bytes[0], 2);
    Atomic<MemoryColour> colour(MemoryColour::kRed);
    EXPECT_EQ(colour.exchange(MemoryColour::kBlue), MemoryColour::kRed);
  });
}

#if __has_builtin(__builtin_clear_padding)
struct MemoryPadded {
  char small;
  int32_t large;
};

// A value of 1, 2 with `padding` in each byte between.
MemoryPadded MemoryPaddedWith(unsigned char padding) {
  MemoryPadded value;
  std::memset(static_cast<void*>(&value), padding, sizeof value);
  value.small = 1;
  value.large = 2;
  return value;
}

TEST(AtomicTest, PaddingIsNoPartOfTheValue) {
  ExpectMemoryPasses([] {
    Atomic<MemoryPadded> padded(MemoryPaddedWith(0x11));
    MemoryPadded expected = MemoryPaddedWith(0x77);
    EXPECT_TRUE(padded.compare_exchange_strong(expected, {3, 4}));
    EXPECT_EQ(padded.load().large, 4);
    struct Point {
      float x, y;
    };
    Atomic<Point> point(Point{1, 2});
    Point origin{0, 0};
    EXPECT_FALSE(point.compare_exchange_strong(origin, {5, 6}));
    EXPECT_EQ(origin.y, 2);
  });
}
#endif

TEST(AtomicTest, AFlag) {
  ExpectMemoryPasses([] {
    AtomicFlag flag("flag");
    EXPECT_FALSE(flag.test());
    EXPECT_FALSE(flag.test_and_set());
    EXPECT_TRUE(flag.test_and_set(std::memory_order_acquire));
    EXPECT_TRUE(flag.test(std::memory_order_relaxed));
    flag.clear(std::memory_order_release);
    EXPECT_FALSE(flag.test());
    flag.wait(true);
    Task waiter = Go([&] { flag.wait(false, std::memory_order_acquire); });
    flag.test_and_set();
    flag.notify_all();
    flag.notify_one();
    waiter.Join();
  });
}

TEST(AtomicTest, EveryOperationIsAStepAndAFenceIsNone) {
  auto steps = [](void (*body)()) { return Try(body, {.schedules = 1}).total_steps; };
  const uint64_t none = steps([] { Atomic<int> a; });
  EXPECT_EQ(steps([] {
              Atomic<int> a;
              int expected = 0;
              (void)a.load();
              a.store(0);
              a.exchange(0);
              a.fetch_add(1);
              a++;
              a = 0;
              a.compare_exchange_weak(expected, 1);
              a.wait(0);
              a.notify_one();
              a.notify_all();
            }),
            none + 10);
  EXPECT_EQ(steps([] {
              Atomic<int> a;
              heddle::atomic_thread_fence(std::memory_order_seq_cst);
            }),
            none);
}

TEST(AtomicTest, EveryOrderOfTwoOperationsHappens) {
  Observed seen = Observe([](Log& log) {
    Atomic<int> a;
    Task other = Go([&] {
      const int before = a.load(std::memory_order_relaxed);
      a.store(before + 1, std::memory_order_relaxed);
    });
    const int before = a.load(std::memory_order_relaxed);
    a.store(before + 1, std::memory_order_relaxed);
    other.Join();
    log.Add(static_cast<char>('0' + a.load()));
  });
  EXPECT_THAT(seen.report, Passes());
  EXPECT_THAT(seen.texts, UnorderedElementsAre("1", "2"));
}

TEST(AtomicTest, AFetchIsIndivisible) {
  Observed seen = Observe([](Log& log) {
    Atomic<int> a;
    Task other = Go([&] { ++a; });
    ++a;
    other.Join();
    log.Add(static_cast<char>('0' + a.load()));
  });
  EXPECT_THAT(seen.texts, UnorderedElementsAre("2"));
}

// -- Faults -------------------------------------------------------------------------------------------

TEST(AtomicTest, AWeakExchangeMayFailThoughTheValueIsEqual) {
  auto body = [](Log& log) {
    Atomic<int> a(1);
    int expected = 1;
    int failures = 0;
    while (!a.compare_exchange_weak(expected, 2)) {
      EXPECT_EQ(expected, 1);
      EXPECT_EQ(a.load(), 1);
      ++failures;
    }
    log.Add(static_cast<char>('0' + failures));
  };
  EXPECT_THAT(Observe(body).texts, UnorderedElementsAre("0"));
  EXPECT_THAT(Observe(body, {.faults = {.failed_exchanges = 2}}).texts,
              UnorderedElementsAre("0", "1", "2"));
}

TEST(AtomicTest, AStrongExchangeNeverFailsSo) {
  EXPECT_THAT(Try(
                  [] {
                    Atomic<int> a(1);
                    int expected = 1;
                    EXPECT_TRUE(a.compare_exchange_strong(expected, 2));
                  },
                  {.faults = {.failed_exchanges = 2}}),
              Passes());
}

// -- Reports ------------------------------------------------------------------------------------------

std::vector<std::string> MemoryStepsOf(const Report& report) {
  std::vector<std::string> texts;
  for (const StepReport& step : report.steps) texts.push_back(step.text);
  return texts;
}

TEST(AtomicTest, TheInterleavingShowsTheValues) {
  Report report = Try([] {
    Atomic<int> n(1, "n");
    (void)n.load();
    n.store(-5);
    n.exchange(6);
    n.fetch_add(1);
    int expected = 3;
    n.compare_exchange_strong(expected, 4);
    n.compare_exchange_strong(expected, 4);
    n.wait(3);
    n.notify_all();
    Atomic<bool> b(false, "b");
    b.store(true);
    Atomic<const char*> p(nullptr, "p");
    p.exchange("x");
    Atomic<double> d(0.5, "d");
    (void)d.load();
    Atomic<MemoryColour> c(MemoryColour::kRed, "c");
    (void)c.load();
    Atomic<MemoryPair> pair(MemoryPair{}, "pair");
    (void)pair.load();
    throw std::runtime_error("to see the steps");
  });
  EXPECT_THAT(MemoryStepsOf(report),
              testing::ElementsAre(
                  "start", "load n -> 1", "store n -5", "exchange n 6 -> -5", "fetch n -> 6",
                  "compare_exchange n 3 -> false", "compare_exchange n 7 -> true", "wait n 3",
                  "notify_all n (0 wait)", "store b true", "exchange p not null -> null",
                  "load d -> 0.5", "load c -> 7", "load pair"));
}

TEST(AtomicTest, TheInterleavingShowsAFault) {
  Report report = Try(
      [] {
        Atomic<int> n(1, "n");
        int expected = 1;
        if (!n.compare_exchange_weak(expected, 2)) throw std::runtime_error("failed");
      },
      {.faults = {.failed_exchanges = 1}});
  EXPECT_THAT(MemoryStepsOf(report),
              testing::Contains("compare_exchange n 1 -> true (fault: fails all the same)"));
}

}  // namespace
}  // namespace heddle::testing_support
