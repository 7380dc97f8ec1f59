// SPDX-License-Identifier: Apache-2.0
//
// Event: a flag that tasks wait for.
//
//   operation | set                           | not set
//   Wait      | returns; resets an Event{kAutoReset} | parks
//   WaitFor, WaitUntil
//             | true; resets as above         | parks; true once released, false at the deadline
//   TryWait   | true; resets as above         | false
//   IsSet     | true                          | false
//   Set       | -                             | sets it and releases all in line; with kAutoReset one
//             |                               | of them and stays reset, or sets it if there is none
//   Reset     | resets it                     | -
//   ~Event    | waiting tasks stay blocked; misuse if one gives up later, or is about to use it otherwise
//
// Every operation is a step. Parking is one of its own: Set releases all that are in line in its own
// step, so that a Reset right after it takes nothing back. Which one an Event{kAutoReset} releases is a
// decision. Setting it twice is setting it once: with kAutoReset, too. A deadline that is not ahead
// makes a timed wait a TryWait. Cost: O(1) but O(n) for Set with n in line.
//
// Happens-before: a Set happens before the return of every wait that it released, and of every wait,
// TryWait or IsSet that saw the event set by it or after it, until it was reset. Sets before the last
// reset are not ordered, nor is anything by Reset, by false results or by giving up.
//
//   heddle::Event ready("ready");
//   ready.Set();    // in one task
//   ready.Wait();   // in others
#ifndef HEDDLE_SYNC_EVENT_H_
#define HEDDLE_SYNC_EVENT_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/runtime/internal/line.h"
#include "heddle/sync/time.h"

namespace heddle {

// Tag for an event that each Set lets exactly one wait through.
struct AutoReset {};
inline constexpr AutoReset kAutoReset;

namespace internal {

class EventState final : public ObjectState {
 public:
  explicit EventState(bool resets) : ObjectState(ObjectKind::kEvent), auto_reset(resets) {}

  std::string Describe() const override;
  std::string DescribeStep(const TaskState& task) const override;

  // The step of a wait that sees it set: its edge.
  void* Pass(TaskState* me);
  void TakeBack();
  void ReleaseWaiters(TaskState* me);

  const bool auto_reset;
  bool set = false;
  Line line;
  VectorClock clock;     // of what set it since it was last reset
  void* edge = nullptr;  // the same for ThreadSanitizer
};

}  // namespace internal

class Event : private internal::Handle<internal::EventState, bool> {
 public:
  // `name` is what reports call it; it is copied.
  explicit Event(const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kEvent, name, where, /*resets=*/false) {}
  explicit Event(AutoReset, const char* name = nullptr, Location where = Location::Here())
      : Handle(ObjectKind::kEvent, name, where, /*resets=*/true) {}

  void Wait(Location where = Location::Here());
  [[nodiscard]] bool WaitFor(std::chrono::nanoseconds duration, Location where = Location::Here());
  [[nodiscard]] bool WaitUntil(VirtualClock::time_point deadline,
                               Location where = Location::Here());
  [[nodiscard]] bool TryWait(Location where = Location::Here());
  [[nodiscard]] bool IsSet(Location where = Location::Here());
  void Set(Location where = Location::Here());
  void Reset(Location where = Location::Here());

 private:
  using State = internal::EventState;
  using Kind = OperationKind;

  bool WaitBy(int64_t deadline, Location where);
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_EVENT_H_
