// SPDX-License-Identifier: Apache-2.0
//
// The numbers of kinds, the word and the trace hash are part of every stored token: none changes.
#include "heddle/core/operation.h"

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace heddle {
namespace {

struct KindCase {
  OperationKind kind;
  int number;
  std::string_view word;
};

// A new kind is added here, at the end.
constexpr KindCase kKinds[] = {
    {OperationKind::kNone, 0, "none"},
    {OperationKind::kStart, 1, "start"},
    {OperationKind::kResume, 2, "resume"},
    {OperationKind::kSpawn, 3, "spawn"},
    {OperationKind::kJoin, 4, "join"},
    {OperationKind::kYield, 5, "yield"},
    {OperationKind::kSleep, 6, "sleep"},
    {OperationKind::kFire, 7, "fire"},
    {OperationKind::kLock, 8, "lock"},
    {OperationKind::kTryLock, 9, "try_lock"},
    {OperationKind::kUnlock, 10, "unlock"},
    {OperationKind::kAcquire, 11, "acquire"},
    {OperationKind::kTryAcquire, 12, "try_acquire"},
    {OperationKind::kRelease, 13, "release"},
    {OperationKind::kSend, 14, "send"},
    {OperationKind::kReceive, 15, "receive"},
    {OperationKind::kTrySend, 16, "try-send"},
    {OperationKind::kTryReceive, 17, "try-receive"},
    {OperationKind::kClose, 18, "close"},
    {OperationKind::kTimeout, 19, "timeout"},
    {OperationKind::kSelect, 20, "select"},
    {OperationKind::kTrySelect, 21, "try-select"},
    {OperationKind::kLength, 22, "len"},
    {OperationKind::kLockShared, 23, "lock_shared"},
    {OperationKind::kTryLockShared, 24, "try_lock_shared"},
    {OperationKind::kUnlockShared, 25, "unlock_shared"},
    {OperationKind::kAwaitReaders, 26, "await-readers"},
    {OperationKind::kAdd, 27, "add"},
    {OperationKind::kWait, 28, "wait"},
    {OperationKind::kTryWait, 29, "try_wait"},
    {OperationKind::kArrive, 30, "arrive"},
    {OperationKind::kArriveAndDrop, 31, "arrive_and_drop"},
    {OperationKind::kSet, 32, "set"},
    {OperationKind::kReset, 33, "reset"},
    {OperationKind::kNotifyOne, 34, "notify_one"},
    {OperationKind::kNotifyAll, 35, "notify_all"},
    {OperationKind::kCallOnce, 36, "call_once"},
    {OperationKind::kEndCallOnce, 37, "end-call_once"},
    {OperationKind::kLoad, 38, "load"},
    {OperationKind::kStore, 39, "store"},
    {OperationKind::kExchange, 40, "exchange"},
    {OperationKind::kCompareExchange, 41, "compare_exchange"},
    {OperationKind::kFetch, 42, "fetch"},
    {OperationKind::kCancel, 43, "cancel"},
    {OperationKind::kErr, 44, "err"},
    {OperationKind::kDerive, 45, "derive"},
    {OperationKind::kAfterFunc, 46, "after-func"},
    {OperationKind::kStop, 47, "stop"},
    {OperationKind::kChoose, 48, "choose"},
};

TEST(OperationKindTest, NumbersAndWordsAreFixed) {
  for (const KindCase& c : kKinds) {
    EXPECT_EQ(static_cast<int>(c.kind), c.number) << c.word;
    EXPECT_EQ(ToString(c.kind), c.word);
  }
}

TEST(OperationKindTest, TheTableIsComplete) {
  for (int number = 0; number < 256; ++number) {
    const bool listed = number < static_cast<int>(std::size(kKinds));
    EXPECT_EQ(ToString(static_cast<OperationKind>(number)) != "?", listed) << number;
  }
}

TEST(ObjectKindTest, NumbersAndWordsAreFixed) {
  constexpr std::string_view kWords[] = {"none",
                                         "task",
                                         "mutex",
                                         "semaphore",
                                         "channel",
                                         "variable",
                                         "shared mutex",
                                         "recursive mutex",
                                         "condition variable",
                                         "once",
                                         "wait group",
                                         "latch",
                                         "barrier",
                                         "event",
                                         "weighted semaphore",
                                         "context",
                                         "error group",
                                         "timer",
                                         "ticker",
                                         "atomic"};
  for (int number = 0; number < 256; ++number) {
    const bool listed = number < static_cast<int>(std::size(kWords));
    EXPECT_EQ(ToString(static_cast<ObjectKind>(number)), listed ? kWords[number] : "?") << number;
  }
  EXPECT_EQ(static_cast<int>(ObjectKind::kNone), 0);
  EXPECT_EQ(static_cast<int>(ObjectKind::kTask), 1);
  EXPECT_EQ(static_cast<int>(ObjectKind::kMutex), 2);
  EXPECT_EQ(static_cast<int>(ObjectKind::kSemaphore), 3);
  EXPECT_EQ(static_cast<int>(ObjectKind::kChannel), 4);
  EXPECT_EQ(static_cast<int>(ObjectKind::kShared), 5);
  EXPECT_EQ(static_cast<int>(ObjectKind::kSharedMutex), 6);
  EXPECT_EQ(static_cast<int>(ObjectKind::kRecursiveMutex), 7);
  EXPECT_EQ(static_cast<int>(ObjectKind::kCondition), 8);
  EXPECT_EQ(static_cast<int>(ObjectKind::kOnce), 9);
  EXPECT_EQ(static_cast<int>(ObjectKind::kWaitGroup), 10);
  EXPECT_EQ(static_cast<int>(ObjectKind::kLatch), 11);
  EXPECT_EQ(static_cast<int>(ObjectKind::kBarrier), 12);
  EXPECT_EQ(static_cast<int>(ObjectKind::kEvent), 13);
  EXPECT_EQ(static_cast<int>(ObjectKind::kWeightedSemaphore), 14);
  EXPECT_EQ(static_cast<int>(ObjectKind::kContext), 15);
  EXPECT_EQ(static_cast<int>(ObjectKind::kErrGroup), 16);
  EXPECT_EQ(static_cast<int>(ObjectKind::kTimer), 17);
  EXPECT_EQ(static_cast<int>(ObjectKind::kTicker), 18);
  EXPECT_EQ(static_cast<int>(ObjectKind::kAtomic), 19);
}

TEST(OperationTest, TheWordIsKindTaskObject) {
  const Operation operation{OperationKind::kSend, TaskId{0xabcdef}, ObjectId{0x12345678}};
  EXPECT_EQ(operation.Word(), 0x12345678'abcdef'0eu);
  EXPECT_EQ(Operation{}.Word(), 0u);
}

TEST(OperationTest, TheWordRoundTrips) {
  for (const KindCase& c : kKinds) {
    for (uint32_t task : {0u, 1u, 10'000u, (1u << 24) - 1}) {
      for (uint32_t object : {0u, 1u, 0x10002u, std::numeric_limits<uint32_t>::max()}) {
        const Operation operation{c.kind, TaskId{task}, ObjectId{object}};
        EXPECT_EQ(Operation::FromWord(operation.Word()), operation);
      }
    }
  }
}

TEST(OperationTest, AWordRoundTripsWhateverItsBits) {
  for (uint64_t word : {0ull, 1ull, 0xffull, 0x0123456789abcdefull, ~0ull}) {
    EXPECT_EQ(Operation::FromWord(word).Word(), word);
  }
}

// T0 locks and unlocks mutex 1, T1 does so after it.
constexpr Operation kTrace[] = {
    {OperationKind::kLock, TaskId{0}, ObjectId{1}},
    {OperationKind::kUnlock, TaskId{0}, ObjectId{1}},
    {OperationKind::kLock, TaskId{1}, ObjectId{1}},
    {OperationKind::kUnlock, TaskId{1}, ObjectId{1}},
};

TEST(TraceHashTest, Golden) {
  uint64_t hash = 0;
  hash = ExtendTraceHash(hash, kTrace[0].Word());
  EXPECT_EQ(hash, 0xbe98df2503853849u);
  hash = ExtendTraceHash(hash, kTrace[1].Word());
  EXPECT_EQ(hash, 0xba016fd5e3b21b2cu);
  hash = ExtendTraceHash(hash, kTrace[2].Word());
  hash = ExtendTraceHash(hash, kTrace[3].Word());
  EXPECT_EQ(hash, 0xe3a5bae4dc13373du);
}

TEST(TraceHashTest, DependsOnOrderLengthAndEveryField) {
  std::set<uint64_t> seen;
  int traces = 0;
  auto add = [&](std::initializer_list<Operation> trace) {
    uint64_t hash = 0;
    for (const Operation& operation : trace) hash = ExtendTraceHash(hash, operation.Word());
    seen.insert(hash);
    ++traces;
  };
  const auto& [a, b, c, d] = kTrace;
  add({});
  add({a});
  add({b});
  add({a, a});
  add({a, b, c, d});
  add({a, c, b, d});
  add({c, d, a, b});
  add({a, b, c});
  add({{OperationKind::kTryLock, TaskId{0}, ObjectId{1}}});
  add({{OperationKind::kLock, TaskId{2}, ObjectId{1}}});
  add({{OperationKind::kLock, TaskId{0}, ObjectId{2}}});
  EXPECT_EQ(static_cast<int>(seen.size()), traces);
}

TEST(TraceHashTest, NoCollisionsAmongAllShortTraces) {
  // All 8^6 traces of six steps of four tasks that start or yield: the hash has to tell apart
  // words that differ in a few low bits at a few places.
  std::set<uint64_t> seen;
  for (uint32_t trace = 0; trace < 1u << 18; ++trace) {
    uint64_t hash = 0;
    for (int step = 0; step < 6; ++step) {
      const uint32_t digit = trace >> (3 * step) & 7;
      const auto kind = digit & 1 ? OperationKind::kStart : OperationKind::kYield;
      hash = ExtendTraceHash(hash, Operation{kind, TaskId{digit >> 1}, {}}.Word());
    }
    seen.insert(hash);
  }
  EXPECT_EQ(seen.size(), 1u << 18);
}

}  // namespace
}  // namespace heddle
