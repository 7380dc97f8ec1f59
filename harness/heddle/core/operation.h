// SPDX-License-Identifier: Apache-2.0
//
// What a task is about to do, as a value: the alphabet of traces, schedules and strategies.
//
// At a decision every unfinished task stands at exactly one announced operation. An operation is a
// kind, the task and the object; it packs into one 64-bit word, which is all that the step loop
// stores, hashes and records. Whether it can take effect now (its guard) and what it then does (its
// effect) is the business of the primitive (heddle/sync) and not known here.
//
// The numbers of the enumerators are part of trace hashes and replay tokens: new kinds are added at
// the end, none is ever renumbered (tests/core/operation_test.cc holds them).
#ifndef HEDDLE_CORE_OPERATION_H_
#define HEDDLE_CORE_OPERATION_H_

#include <cstdint>
#include <string_view>

#include "heddle/core/ids.h"

namespace heddle {

enum class OperationKind : uint8_t {
  kNone = 0,
  kStart = 1,        // the first step of a task
  kResume = 2,       // a parked operation was completed by another task
  kSpawn = 3,        // Go
  kJoin = 4,         // guard: the task has finished
  kYield = 5,        // no effect
  kSleep = 6,        // guard: the clock reached the deadline
  kFire = 7,         // the clock moves to the earliest deadline
  kLock = 8,         // guard: the mutex is free
  kTryLock = 9,      //
  kUnlock = 10,      //
  kAcquire = 11,     // guard: a permit is there
  kTryAcquire = 12,  //
  kRelease = 13,     //
  kSend = 14,  // guard: room in the buffer; where it parks (sync/channel.h) none at first, then a
               // partner
  kReceive = 15,          // guard: a value or closed; where it parks as above
  kTrySend = 16,          //
  kTryReceive = 17,       //
  kClose = 18,            //
  kTimeout = 19,          // a wait with a deadline was given up
  kSelect = 20,           // guard: a case is ready, or one can park
  kTrySelect = 21,        // a select with a default
  kLength = 22,           // of a channel: how many values it holds
  kLockShared = 23,       // guard: no writer holds or awaits the lock
  kTryLockShared = 24,    //
  kUnlockShared = 25,     //
  kAwaitReaders = 26,     // a writer in line: guard: no reader is left
  kAdd = 27,              // to a wait group's counter
  kWait = 28,             // until a counter is zero, a phase or an event came; or parks
  kTryWait = 29,          //
  kArrive = 30,           // at a latch or barrier
  kArriveAndDrop = 31,    //
  kSet = 32,              //
  kReset = 33,            //
  kNotifyOne = 34,        //
  kNotifyAll = 35,        //
  kCallOnce = 36,         // guard: nobody is in the middle of it
  kEndCallOnce = 37,      // the call returned or threw
  kLoad = 38,             //
  kStore = 39,            //
  kExchange = 40,         //
  kCompareExchange = 41,  //
  kFetch = 42,            // read, change, write
  kCancel = 43,           // of a context
  kErr = 44,              // whether a context is cancelled
  kDerive = 45,           // a context from its parent
  kAfterFunc = 46,        // registers a function with a context
  kStop = 47,             // a timer, a ticker, an AfterFunc
  kChoose = 48,           // a value drawn by the scenario; no step
};

enum class ObjectKind : uint8_t {
  kNone = 0,
  kTask = 1,
  kMutex = 2,
  kSemaphore = 3,
  kChannel = 4,
  kShared = 5,
  kSharedMutex = 6,
  kRecursiveMutex = 7,
  kCondition = 8,
  kOnce = 9,
  kWaitGroup = 10,
  kLatch = 11,
  kBarrier = 12,
  kEvent = 13,
  kWeightedSemaphore = 14,
  kContext = 15,
  kErrGroup = 16,
  kTimer = 17,
  kTicker = 18,
  kAtomic = 19,
};

// "lock", "send", ...: the word for reports.
std::string_view ToString(OperationKind kind);
// "mutex", "channel", ...
std::string_view ToString(ObjectKind kind);

struct Operation {
  OperationKind kind = OperationKind::kNone;
  TaskId task;
  ObjectId object;

  friend constexpr bool operator==(const Operation&, const Operation&) = default;

  // kind | task << 8 | object << 32.
  constexpr uint64_t Word() const {
    return static_cast<uint64_t>(kind) | static_cast<uint64_t>(task.value) << 8 |
           static_cast<uint64_t>(object.value) << 32;
  }
  static constexpr Operation FromWord(uint64_t word) {
    return Operation{static_cast<OperationKind>(word & 0xff),
                     TaskId{static_cast<uint32_t>(word >> 8 & 0xffffff)},
                     ObjectId{static_cast<uint32_t>(word >> 32)}};
  }
};

// The trace hash: folds one step into the hash of the steps before it.
constexpr uint64_t ExtendTraceHash(uint64_t hash, uint64_t operation_word) {
  hash = (hash ^ operation_word) * 0x9fb21c651e98df25u;
  return hash << 29 | hash >> 35;
}

}  // namespace heddle

#endif  // HEDDLE_CORE_OPERATION_H_
