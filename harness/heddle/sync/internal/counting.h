// SPDX-License-Identifier: Apache-2.0
//
// What the primitives that count have in common.
#ifndef HEDDLE_SYNC_INTERNAL_COUNTING_H_
#define HEDDLE_SYNC_INTERNAL_COUNTING_H_

#include <cstdint>
#include <string>

#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/line.h"
#include "heddle/sync/internal/deadline.h"

namespace heddle::internal {

class ChannelState;

// A place in line, for so much.
class InLine : public Waiter {
 public:
  explicit InLine(int64_t n) : amount(n) {}

  const int64_t amount;
  ChannelState* grant = nullptr;  // closed by the grant; null: its task is parked
};

// How much `me` asks for at the operation at which it stands: reports tell of it before the step is
// taken. Also its place in line, if it parks. Lives in the operation's frame, in its Hidden region.
class Request : public InLine {
 public:
  // `leaves`: a place in line that the operation gives up, if it still is one.
  Request(TaskState* me, int64_t n, const InLine* leaves = nullptr)
      : InLine(n), me_(me), leaves_(leaves) {
    me->park = this;
  }
  ~Request() { me_->park = nullptr; }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  static int64_t AmountOf(const TaskState& task) {
    return task.park != nullptr ? static_cast<const Request*>(task.park)->amount : 0;
  }
  static bool LeavesLine(const TaskState& task) {
    if (task.park == nullptr) return false;
    const InLine* place = static_cast<const Request*>(task.park)->leaves_;
    return place != nullptr && place->line != nullptr;
  }

 private:
  TaskState* me_;
  const InLine* leaves_;
};

// Their sum for reports, which also tell of impossible numbers.
inline std::string SumOf(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? "?" : std::to_string(sum);
}

inline constexpr int64_t kNoDeadline = -1;

// An address that stands for edges which begin afresh: ThreadSanitizer forgets none that were
// published at an address before.
inline void* NewEdge() { return x.arena.Allocate(8, 8); }

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_COUNTING_H_
