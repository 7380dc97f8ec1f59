// SPDX-License-Identifier: Apache-2.0
//
// Barrier: tasks meet in phases (std::barrier).
//
//   operation       | arrivals are awaited                  | all have arrived (the completion runs)
//   arrive(n)       | counts, returns a token of the phase; | misuse: more arrivals than expected
//                   | misuse if fewer than n are awaited    |
//   arrive_and_drop | counts, and later phases expect one   | misuse, as arrive
//                   | arrival fewer                         |
//   wait(token)     | of this phase: blocks until the next one begins; of the one before: returns;
//                   | older, used, or another barrier's: misuse
//   arrive_and_wait | arrive, then wait: two steps
//   ~Barrier        | waiting tasks stay blocked; misuse if one is about to use it otherwise
//
// The last to arrive completes the phase: it runs the completion function, as itself, and then begins
// the next phase, a step of its own (`notify_all`) after a function, part of the arrival without one.
// The function may do anything but call the barrier; if it throws, the exception leaves the arrival and
// the phase never ends. A negative number of expected tasks and n < 1 are misuse. Every operation is a
// step; waiting is none. Whether a token is too old is judged in the step of its wait. Cost: O(1).
//
// Happens-before: every arrival of a phase happens before its completion function, and that before the
// return of every wait of the phase; without a function the arrivals happen before these returns.
// Arrivals of later phases do not, though a wait may return after them.
//
//   heddle::Barrier rows(3, [&] { Swap(); }, "rows");
//   rows.arrive_and_wait();   // in three tasks, again and again
#ifndef HEDDLE_SYNC_BARRIER_H_
#define HEDDLE_SYNC_BARRIER_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"

namespace heddle {
namespace internal {

struct NoCompletion {
  void operator()() const noexcept {}
};

struct BarrierPhase {
  uint64_t number = 1;
  VectorClock clock;
  char edge = 0;  // an address that stands for its edges in ThreadSanitizer
};

class BarrierState final : public ObjectState {
 public:
  explicit BarrierState(ptrdiff_t tasks)
      : ObjectState(ObjectKind::kBarrier), expected(tasks), awaited(tasks), total(tasks) {}

  void Check();
  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  void BeginNextPhase();

  ptrdiff_t expected;  // in each later phase
  ptrdiff_t awaited;   // now
  ptrdiff_t total;     // in this phase
  BarrierPhase* phase = x.arena.New<BarrierPhase>();
  TaskState* completing = nullptr;  // who runs the completion function
  TaskSet waiters;                  // tasks at `wait`
};

// What an arrival is awaited by, once.
class ArrivalToken {
 public:
  ArrivalToken() = default;
  ArrivalToken(ArrivalToken&& other) noexcept { *this = std::move(other); }
  ArrivalToken& operator=(ArrivalToken&& other) noexcept {
    serial_ = std::exchange(other.serial_, 0);
    barrier_ = other.barrier_;
    phase_ = other.phase_;
    return *this;
  }

 private:
  friend class BarrierHandle;

  uint64_t serial_ = 0;  // 0: used
  const BarrierState* barrier_ = nullptr;
  BarrierPhase* phase_ = nullptr;
};

// The part of a barrier that does not depend on its function.
class BarrierHandle : protected Handle<BarrierState, ptrdiff_t> {
 protected:
  BarrierHandle(ptrdiff_t expected, const char* name, Location where)
      : Handle(ObjectKind::kBarrier, name, where, expected) {}
  ~BarrierHandle();

  // One arrival; true if the caller is to run the completion function and to call Finish.
  bool Arrive(OperationKind kind, ptrdiff_t n, bool has_completion, Location where,
              ArrivalToken* token);
  void Finish(Location where);
  void Await(ArrivalToken token, Location where);

 private:
  static bool MayArrive(BarrierState* b, OperationKind kind, ptrdiff_t n, Location where);
  static bool MayAwait(BarrierState* b, const ArrivalToken& token, Location where);
  [[gnu::cold]] static void AwaitStale(BarrierState* b, const BarrierPhase* phase, Location where);
};

}  // namespace internal

template <std::invocable Completion = internal::NoCompletion>
class Barrier : private internal::BarrierHandle {
 public:
  using arrival_token = internal::ArrivalToken;

  // `name` is what reports call it; it is copied.
  explicit Barrier(ptrdiff_t expected, const char* name = nullptr,
                   Location where = Location::Here())
      : BarrierHandle(expected, name, where), completion_() {}
  Barrier(ptrdiff_t expected, Completion completion, const char* name = nullptr,
          Location where = Location::Here())
      : BarrierHandle(expected, name, where), completion_(std::move(completion)) {}

  static constexpr ptrdiff_t max() noexcept { return std::numeric_limits<ptrdiff_t>::max(); }

  [[nodiscard]] arrival_token arrive(ptrdiff_t n = 1, Location where = Location::Here()) {
    return ArriveAs(OperationKind::kArrive, n, where);
  }
  void wait(arrival_token&& token, Location where = Location::Here()) {
    Await(std::move(token), where);
  }
  void arrive_and_wait(Location where = Location::Here()) { wait(arrive(1, where), where); }
  void arrive_and_drop(Location where = Location::Here()) {
    (void)ArriveAs(OperationKind::kArriveAndDrop, 1, where);
  }

 private:
  static constexpr bool kHasCompletion = !std::is_same_v<Completion, internal::NoCompletion>;

  arrival_token ArriveAs(OperationKind kind, ptrdiff_t n, Location where) {
    arrival_token token;
    if (Arrive(kind, n, kHasCompletion, where, &token)) {
      completion_();
      Finish(where);
    }
    return token;
  }

  [[no_unique_address]] Completion completion_;
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_BARRIER_H_
