// SPDX-License-Identifier: Apache-2.0
//
// The end of an exploration's real time.
//
// A timer signal is the only clock: nothing reads the time while tasks run. When the deadline
// passes, the signal's handler sets a flag, at which the explorer looks between executions and the
// step loop at its next step; the exploration then ends with the verdict `deadline`, and the
// process goes on. If nobody has looked kGraceMilliseconds later, some task never reaches its next
// step (an endless loop, a blocking system call, a std::mutex held across a step): the handler
// names the running task, prints the line that replays the execution, and ends the process with
// kDeadlineExitStatus (or bug_found_status, core/check.h). Neither happens while a debugger (or strace) is attached: the deadline then
// starts anew.
//
// The signal is SIGURG, sent to the exploring thread alone: debuggers pass it on without stopping,
// it is ignored by default, and hardly any program uses it. The user's handling of it is restored
// at the end.
#ifndef HEDDLE_RUNTIME_INTERNAL_DEADLINE_H_
#define HEDDLE_RUNTIME_INTERNAL_DEADLINE_H_

#include <csignal>
#include <cstdint>
#include <string>

namespace heddle::internal {

inline constexpr int kDeadlineExitStatus = 4;
inline constexpr uint32_t kGraceMilliseconds = 600;

inline volatile std::sig_atomic_t deadline_passed = 0;
inline bool DeadlinePassed() { return deadline_passed != 0; }

// What is said when the process has to end (internal/last_words.h), made while there is still time to.
struct LastWords {
  std::string scenario;     // "Cart.Drains"
  std::string replay;       // all of the line that replays, or what comes before ...
  std::string replay_rest;  // ... the number of the execution, and what comes after it
  uint32_t first = 0;       // the number of the first execution
  uint64_t planned = 0;     // how many executions; 0: it is a replay, or there is no limit
  bool has_seeds = true;    // executions can be had again by their numbers
};

class Deadline {
 public:
  // From now on; 0 milliseconds: none. One at a time; ends on the thread on which it was made.
  Deadline(uint32_t milliseconds, LastWords words);
  ~Deadline() { Disarm(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Execution `index` (from 0) begins.
  void Begin(uint32_t index) { index_ = index; }
  // A failure was found and is run once more: last words must not hide it.
  void Found(const char* verdict) { found_ = verdict; }
  // There is a verdict: whoever still hangs may do so.
  void Disarm();

  // While processes forked from this one explore in its stead: theirs, which Inherit arms, come at the same time,
  // and this one only long after, should they fail to. TakeBack ends that.
  void PutOff();
  void TakeBack();
  void Inherit();

  // For last words.
  uint32_t milliseconds() const { return milliseconds_; }
  const LastWords& words() const { return words_; }
  uint32_t index() const { return index_; }
  const char* found() const { return found_; }

 private:
  const uint32_t milliseconds_;
  const LastWords words_;
  volatile uint32_t index_ = 0;
  const char* volatile found_ = nullptr;
  uint32_t left_ = 0;  // ms, when it was put off
};

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_DEADLINE_H_
