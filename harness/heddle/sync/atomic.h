// SPDX-License-Identifier: Apache-2.0
//
// Atomic<T>, AtomicFlag and atomic_thread_fence: std::atomic's interface, explored.
//
//   operation                  | reads | writes                        | result
//   load                       | yes   | no                            | the value
//   store                      | no    | yes                           |
//   exchange                   | yes   | yes                           | the value before
//   fetch_add, _sub, _and, ... | yes   | yes                           | the value before
//   compare_exchange_strong    | yes   | if the value equals `expected`| whether it did
//   compare_exchange_weak      | yes   | so, unless .failed_exchanges  | whether it wrote
//   wait(old)                  | yes   | parks until notified, again and again while the value is `old`
//   notify_one, notify_all     | no    | one of those parked, or all, compare again
//   ~Atomic                    | waiting tasks stay blocked; misuse if one is about to use it otherwise
//
// Every operation is a step; an operator (++, +=, =, conversion) is the operation it stands for. A task that
// was notified takes a step to compare again, and parks again if the value is still `old`. Which waiting task
// notify_one reaches is the strategy's choice. Whoever waits and then destroys the atomic may come before the notify
// that follows the store: that is misuse, as for std::atomic. Fences are no steps: nobody else can observe one.
//
// Values: each atomic has one current value, which every load returns (sequential consistency, whatever the
// orders say). Equal means equal bytes, but for padding; clang before 20 cannot tell it and refuses to compare
// a T that has some, or that has members of floating point.
//
// Happens-before is exact for the orders given, as in C++20: a write that releases happens before a read that
// acquires and sees it, or sees a later read-modify-write of the same sequence, of whatever order. A store ends
// the sequences before it. A relaxed access orders nothing, except through fences: what was done before a
// release fence happens before what follows a read of a relaxed write after the fence, if that read acquires
// or an acquire fence follows it. notify orders nothing. So code that relies on more than its orders promise
// is reported as a race on the data it guards (Shared<T>, or plain memory under ThreadSanitizer).
//
// Misuse: load, wait and failed exchanges with release or acq_rel; store and clear with acquire, consume or
// acq_rel. (consume is acquire.) While a task is unwound the operations act on the value and are no steps.
//
// T is trivially copyable, of any size. There are no volatile overloads. Cost: O(1).
//
//   heddle::Atomic<bool> ready(false, "ready");
//   ready.store(true, std::memory_order_release);   ready.notify_one();
//   ready.wait(false, std::memory_order_acquire);
#ifndef HEDDLE_SYNC_ATOMIC_H_
#define HEDDLE_SYNC_ATOMIC_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "heddle/core/location.h"
#include "heddle/runtime/internal/handle.h"
#include "heddle/sync/internal/atomic_arithmetic.h"
#include "heddle/sync/internal/atomic_state.h"

namespace heddle {

template <class T>
class Atomic : private internal::Handle<internal::AtomicCell<T>, T> {
  static_assert(std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T> &&
                    std::is_copy_assignable_v<T>,
                "an Atomic's value is trivially copyable");
  static_assert(alignof(T) <= 64, "values of an Atomic are aligned to 64 bytes at most");
  using Order = std::memory_order;
  static constexpr Order kSeqCst = std::memory_order_seq_cst;

 public:
  using value_type = T;
  using difference_type = internal::AtomicOperand<T>;

  Atomic() requires std::default_initializable<T> : Atomic(T()) {}
  // `name` is what reports call it; it is copied.
  Atomic(T value, const char* name = nullptr,  // implicit, as std::atomic's
         Location where = Location::Here())
      : Base(ObjectKind::kAtomic, name, where, value) {}

  // What std::atomic<T> answers for the type.
  static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;
  bool is_lock_free() const { return is_always_lock_free; }

  T load(Order order = kSeqCst, Location where = Location::Here()) const;
  void store(T desired, Order order = kSeqCst, Location where = Location::Here());
  T exchange(T desired, Order order = kSeqCst, Location where = Location::Here());

  // If they fail, `expected` becomes the value.
  bool compare_exchange_strong(T& expected, T desired, Order success, Order failure,
                               Location where = Location::Here()) {
    return CompareExchange(false, expected, desired, success, failure, where);
  }
  bool compare_exchange_strong(T& expected, T desired, Order order = kSeqCst,
                               Location where = Location::Here()) {
    return CompareExchange(false, expected, desired, order, internal::OnFailure(order), where);
  }
  bool compare_exchange_weak(T& expected, T desired, Order success, Order failure,
                             Location where = Location::Here()) {
    return CompareExchange(true, expected, desired, success, failure, where);
  }
  bool compare_exchange_weak(T& expected, T desired, Order order = kSeqCst,
                             Location where = Location::Here()) {
    return CompareExchange(true, expected, desired, order, internal::OnFailure(order), where);
  }

  void wait(T old, Order order = kSeqCst, Location where = Location::Here()) const;
  void notify_one(Location where = Location::Here()) { Notify(Kind::kNotifyOne, where); }
  void notify_all(Location where = Location::Here()) { Notify(Kind::kNotifyAll, where); }

  // Integers but bool, floating-point numbers and pointers to objects. Overflow wraps.
  T fetch_add(difference_type by, Order order = kSeqCst,
              Location where = Location::Here()) requires internal::AddsAtomically<T> {
    return Fetch<internal::Plus>(by, order, where);
  }
  T fetch_sub(difference_type by, Order order = kSeqCst,
              Location where = Location::Here()) requires internal::AddsAtomically<T> {
    return Fetch<internal::Minus>(by, order, where);
  }
  // Integers but bool.
  T fetch_and(T bits, Order order = kSeqCst,
              Location where = Location::Here()) requires internal::HasAtomicBits<T> {
    return Fetch<internal::And>(bits, order, where);
  }
  T fetch_or(T bits, Order order = kSeqCst,
             Location where = Location::Here()) requires internal::HasAtomicBits<T> {
    return Fetch<internal::Or>(bits, order, where);
  }
  T fetch_xor(T bits, Order order = kSeqCst,
              Location where = Location::Here()) requires internal::HasAtomicBits<T> {
    return Fetch<internal::Xor>(bits, order, where);
  }

  // The operators. (C++ lets =, ++, -- and the conversion take no place: reports show none for them.)
  operator T() const { return load(kSeqCst, Location{}); }
  T operator=(T desired) {
    store(desired, kSeqCst, Location{});
    return desired;
  }
  T operator++() requires internal::Steps<T> {
    return internal::Plus::Apply(fetch_add(1, kSeqCst, Location{}), 1);
  }
  T operator++(int) requires internal::Steps<T> { return fetch_add(1, kSeqCst, Location{}); }
  T operator--() requires internal::Steps<T> {
    return internal::Minus::Apply(fetch_sub(1, kSeqCst, Location{}), 1);
  }
  T operator--(int) requires internal::Steps<T> { return fetch_sub(1, kSeqCst, Location{}); }
  T operator+=(internal::Located<difference_type> by) requires internal::AddsAtomically<T> {
    return internal::Plus::Apply(fetch_add(by.value, kSeqCst, by.where), by.value);
  }
  T operator-=(internal::Located<difference_type> by) requires internal::AddsAtomically<T> {
    return internal::Minus::Apply(fetch_sub(by.value, kSeqCst, by.where), by.value);
  }
  T operator&=(internal::Located<T> bits) requires internal::HasAtomicBits<T> {
    return internal::And::Apply(fetch_and(bits.value, kSeqCst, bits.where), bits.value);
  }
  T operator|=(internal::Located<T> bits) requires internal::HasAtomicBits<T> {
    return internal::Or::Apply(fetch_or(bits.value, kSeqCst, bits.where), bits.value);
  }
  T operator^=(internal::Located<T> bits) requires internal::HasAtomicBits<T> {
    return internal::Xor::Apply(fetch_xor(bits.value, kSeqCst, bits.where), bits.value);
  }

 private:
  using Base = internal::Handle<internal::AtomicCell<T>, T>;
  using Cell = internal::AtomicCell<T>;
  using Kind = OperationKind;
  using Throws = internal::Throws;

  template <Throws throws>
  Cell* Take(Kind kind, uint64_t operand, Location where, internal::TaskState** me);
  Cell* Unwound();
  T Initial() const { return std::get<0>(Base::Made()); }
  Atomic& Self() const { return const_cast<Atomic&>(*this); }

  template <class Change>
  T Fetch(difference_type operand, Order order, Location where);
  // The step of an exchange of `expected`; the value before.
  T TryExchange(bool weak, T expected, T desired, Order success, Order failure, Location where,
                bool* exchanged);
  bool CompareExchange(bool weak, T& expected, T desired, Order success, Order failure,
                       Location where);
  void Notify(Kind kind, Location where);
  [[gnu::cold, gnu::noinline]] void Refuse(Kind kind, Order order, Location where);
};

// std::atomic_flag.
class AtomicFlag {
  using Order = std::memory_order;
  static constexpr Order kSeqCst = std::memory_order_seq_cst;

 public:
  explicit AtomicFlag(const char* name = nullptr, Location where = Location::Here())
      : flag_(false, name, where) {}

  bool test(Order order = kSeqCst, Location where = Location::Here()) const {
    return flag_.load(order, where);
  }
  bool test_and_set(Order order = kSeqCst, Location where = Location::Here()) {
    return flag_.exchange(true, order, where);
  }
  void clear(Order order = kSeqCst, Location where = Location::Here()) {
    flag_.store(false, order, where);
  }
  void wait(bool old, Order order = kSeqCst, Location where = Location::Here()) const {
    flag_.wait(old, order, where);
  }
  void notify_one(Location where = Location::Here()) { flag_.notify_one(where); }
  void notify_all(Location where = Location::Here()) { flag_.notify_all(where); }

 private:
  Atomic<bool> flag_;
};

// No step. Outside of executions, and while a task is unwound, it does nothing. Call it qualified: std's is found
// by its argument.
void atomic_thread_fence(std::memory_order order);

}  // namespace heddle

#include "heddle/sync/internal/atomic_operations.h"  // IWYU pragma: export

#endif  // HEDDLE_SYNC_ATOMIC_H_
