// SPDX-License-Identifier: Apache-2.0
//
// How abandoned tasks end.
//
// The only exception of Heddle's: thrown at the operation where a task stands once the execution is
// over, so that the destructors of its frames run. It never leaves the task. Code that swallows it
// (`catch (...)`) meets it again at its next blocking operation; operations in destructors do
// nothing. A noexcept frame cannot be unwound: there the terminate handler leaves the rest of the
// stack behind and the process goes on.
#ifndef HEDDLE_RUNTIME_INTERNAL_UNWIND_H_
#define HEDDLE_RUNTIME_INTERNAL_UNWIND_H_

namespace heddle::internal {

// It notes where it lives, so that it can be freed with a stack that is given up while it is in flight.
struct Unwind {
  Unwind();
  ~Unwind();
  Unwind(const Unwind&) = delete;
  Unwind& operator=(const Unwind&) = delete;
};

// Puts our terminate handler in front of the user's: it leaves what cannot be unwound behind, and says what ran
// where the process ends in the middle of an execution.
class TerminateGuard {
 public:
  TerminateGuard();
  ~TerminateGuard();
  TerminateGuard(const TerminateGuard&) = delete;
  TerminateGuard& operator=(const TerminateGuard&) = delete;
};

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_UNWIND_H_
