// SPDX-License-Identifier: Apache-2.0
//
// The part of an atomic that is kept by the execution: its value, who waits for it to change, and what an
// acquiring read of that value would acquire.
//
// `clock` is the union of what the heads of the value's release sequences published; it means something only
// while `published`. Reads that do not acquire leave what they saw with their task, for an acquire fence to
// come; a release fence leaves the task's present for relaxed writes to come (FenceClocks).
#ifndef HEDDLE_SYNC_INTERNAL_ATOMIC_STATE_H_
#define HEDDLE_SYNC_INTERNAL_ATOMIC_STATE_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/line.h"

namespace heddle::internal {

// An address that stands, in ThreadSanitizer, for some of what a value carries (sync/atomic.cc).
struct AtomicEdge;
struct SeenEdges;

class AtomicState : public ObjectState {
 public:
  std::string DescribeStep(const TaskState& task) const override;

  bool published = false;
  VectorClock clock;
  Line waiting;
  AtomicEdge* edges = nullptr;  // with ThreadSanitizer only

 protected:
  AtomicState() : ObjectState(ObjectKind::kAtomic) {}
  ~AtomicState() = default;
  // The value, and whether it equals the one in `operand`.
  virtual std::string Value() const = 0;
  virtual std::string ValueOf(uint64_t operand) const = 0;
  virtual uint64_t Word() const = 0;
};

// As reports show it; empty where no short text says it in every execution alike (addresses).
std::string DescribeInteger(int64_t value);
std::string DescribeInteger(uint64_t value);
std::string DescribeFloat(double value);

template <class T>
std::string DescribeValue(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return DescribeValue(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return DescribeInteger(static_cast<int64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return DescribeInteger(static_cast<uint64_t>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return DescribeFloat(static_cast<double>(value));
  } else if constexpr (std::is_pointer_v<T>) {
    return value == nullptr ? "null" : "not null";
  } else {
    return {};
  }
}

// Whether every byte of a T is part of its value, as far as a compiler tells without help.
template <class T>
inline constexpr bool kNoPadding = std::has_unique_object_representations_v<T> ||
                                   std::is_same_v<T, float> || std::is_same_v<T, double>;

#if __has_builtin(__builtin_clear_padding)
inline constexpr bool kFindsPadding = true;
template <class T>
HEDDLE_ALWAYS_INLINE void ClearPadding(T* value) {
  if constexpr (!kNoPadding<T>) __builtin_clear_padding(value);
}
#else
inline constexpr bool kFindsPadding = false;
template <class T>
HEDDLE_ALWAYS_INLINE void ClearPadding(T*) {}
#endif

// The first eight bytes, so that an announcement can carry a value.
template <class T>
HEDDLE_ALWAYS_INLINE uint64_t ValueWord(T value) {
  ClearPadding(&value);
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T) < sizeof word ? sizeof(T) : sizeof word);
  return word;
}

// As std::atomic compares: the bytes, but for padding.
template <class T>
HEDDLE_ALWAYS_INLINE bool SameValue(T a, T b) {
  static_assert(
      kNoPadding<T> || kFindsPadding,
      "this compiler cannot tell the padding of T, nor that members of floating point have "
      "none, so values cannot be compared: give T integral members that fill it");
  ClearPadding(&a);
  ClearPadding(&b);
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

template <class T>
class AtomicCell final : public AtomicState {
 public:
  explicit AtomicCell(const T& initial) : value(initial) {}

  std::string Describe() const override { return destroyed ? "destroyed" : Value(); }

  T value;

 private:
  std::string Value() const override { return DescribeValue(value); }
  std::string ValueOf(uint64_t operand) const override {
    if constexpr (sizeof(T) <= sizeof operand) {
      T other = value;
      std::memcpy(static_cast<void*>(&other), &operand, sizeof(T));
      return DescribeValue(other);
    } else {
      return {};
    }
  }
  uint64_t Word() const override { return ValueWord(value); }
};

// What a task's fences have to do with its relaxed accesses.
struct FenceClocks {
  bool released = false;  // there was a release fence
  bool seen = false;      // relaxed reads saw something published, since the last acquire fence
  VectorClock release_clock;
  VectorClock seen_clock;
  AtomicEdge* release_edge = nullptr;  // with ThreadSanitizer only
  SeenEdges* seen_edges = nullptr;
};

constexpr bool Acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}
constexpr bool Releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

// -- Edges, part of the effect; in a Hidden region
// ----------------------------------------------------

void SeeRelaxed(const AtomicState& a, TaskState* me);
void StoreRelaxed(AtomicState& a, TaskState* me);
void UpdateRelaxed(AtomicState& a, TaskState* me);

HEDDLE_ALWAYS_INLINE void OnRead(const AtomicState& a, TaskState* me, std::memory_order order) {
  if (!a.published) return;
  if (Acquires(order)) {
    AcquireClock(me, a.clock);
  } else {
    SeeRelaxed(a, me);
  }
}

// A store, which ends every release sequence there was.
HEDDLE_ALWAYS_INLINE void OnStore(AtomicState& a, TaskState* me, std::memory_order order) {
  if (Releases(order)) {
    a.clock = me->clock;
    me->clock.Increment(me->slot, x.arena);
    a.published = true;
  } else if (me->fences == nullptr) [[likely]] {
    a.published = false;
  } else {
    StoreRelaxed(a, me);
  }
}

// The write of a read-modify-write, which continues them.
HEDDLE_ALWAYS_INLINE void OnUpdate(AtomicState& a, TaskState* me, std::memory_order order) {
  if (Releases(order)) {
    if (!a.published) return OnStore(a, me, order);
    ReleaseJoinClock(me, a.clock);
  } else if (me->fences != nullptr) [[unlikely]] {
    UpdateRelaxed(a, me);
  }
}

// The same for ThreadSanitizer, outside any Hidden region: first what is read, then what is written.
#if HEDDLE_TSAN
void TsanOnRead(AtomicState& a, std::memory_order order);
void TsanOnStore(AtomicState& a, std::memory_order order);
void TsanOnUpdate(AtomicState& a, std::memory_order order);
#else
HEDDLE_ALWAYS_INLINE void TsanOnRead(AtomicState&, std::memory_order) {}
HEDDLE_ALWAYS_INLINE void TsanOnStore(AtomicState&, std::memory_order) {}
HEDDLE_ALWAYS_INLINE void TsanOnUpdate(AtomicState&, std::memory_order) {}
#endif

// Whether compare_exchange_weak fails now though the values are equal.
[[gnu::noinline]] bool FailsSpuriously(TaskState* me);

// Everybody who waits, or one of them by the strategy's choice, compares again.
void WakeAll(AtomicState& a);
void WakeOne(AtomicState& a, TaskState* me);

[[gnu::cold]] void RefuseOrder(OperationKind kind, AtomicState* a, std::memory_order order,
                               Location where);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_ATOMIC_STATE_H_
