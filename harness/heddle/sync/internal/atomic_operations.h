// SPDX-License-Identifier: Apache-2.0
//
// Atomic<T>'s operations; part of sync/atomic.h.
//
// The value is written in Hidden regions alone, so reading it outside of them is no race to ThreadSanitizer.
// What is the caller's (`expected`) is accessed in the caller's identity.
//
// While a task is unwound an atomic is a plain variable: destructors that count references must still do
// so. What a destructor is likely to call (store, fetch) throws nothing then; what a loop is likely to spin
// on (load, exchange, wait) ends the loop.
#ifndef HEDDLE_SYNC_INTERNAL_ATOMIC_OPERATIONS_H_
#define HEDDLE_SYNC_INTERNAL_ATOMIC_OPERATIONS_H_

#include "heddle/sync/atomic.h"

namespace heddle {

// Takes the step of `kind`. `*me` stays null if none was taken (the task is unwound): the value is then accessed
// without. Null: there is no value.
template <class T>
template <internal::Throws throws>
HEDDLE_ALWAYS_INLINE typename Atomic<T>::Cell* Atomic<T>::Take(Kind kind, uint64_t operand,
                                                               Location where,
                                                               internal::TaskState** me) {
  Cell* a = this->Get(kind, where, throws);
  if (a == nullptr) [[unlikely]]
    return Unwound();
  internal::TaskState* task = internal::Announce(kind, a, where);
  task->operand = operand;
  if (internal::Step<throws>(task)) *me = task;
  return a;
}

template <class T>
[[gnu::cold]] typename Atomic<T>::Cell* Atomic<T>::Unwound() {
  const bool bound =
      internal::x.serial == internal::kUnwinding && this->serial_ == internal::x.last_serial;
  return bound ? this->state_ : nullptr;
}

template <class T>
void Atomic<T>::Refuse(Kind kind, Order order, Location where) {
  if (Cell* a = this->Get(kind, where, Throws::kYes)) internal::RefuseOrder(kind, a, order, where);
}

template <class T>
HEDDLE_OPERATION T Atomic<T>::load(Order order, Location where) const {
  using namespace internal;
  Cell* a;
  {
    Hidden hidden;
    internal::TaskState* me = nullptr;
    if (!IsForLoads(order)) [[unlikely]]
      Self().Refuse(Kind::kLoad, order, where);
    a = Self().template Take<Throws::kYes>(Kind::kLoad, 0, where, &me);
    if (me != nullptr) [[likely]]
      OnRead(*a, me, order);
  }
  if (a == nullptr) [[unlikely]]
    return Initial();
  TsanOnRead(*a, order);
  return a->value;
}

template <class T>
HEDDLE_OPERATION void Atomic<T>::store(T desired, Order order, Location where) {
  using namespace internal;
  Cell* a;
  {
    Hidden hidden;
    internal::TaskState* me = nullptr;
    if (!IsForStores(order)) [[unlikely]]
      Refuse(Kind::kStore, order, where);
    a = Take<Throws::kNo>(Kind::kStore, ValueWord(desired), where, &me);
    if (a == nullptr) [[unlikely]]
      return;
    if (me != nullptr) [[likely]]
      OnStore(*a, me, order);
    a->value = desired;
  }
  TsanOnStore(*a, order);
}

template <class T>
HEDDLE_OPERATION T Atomic<T>::exchange(T desired, Order order, Location where) {
  using namespace internal;
  Cell* a;
  {
    Hidden hidden;
    internal::TaskState* me = nullptr;
    a = Take<Throws::kYes>(Kind::kExchange, ValueWord(desired), where, &me);
    if (me != nullptr) [[likely]] {
      OnRead(*a, me, order);
      OnUpdate(*a, me, order);
    }
  }
  if (a == nullptr) [[unlikely]]
    return Initial();
  TsanOnRead(*a, order);
  TsanOnUpdate(*a, order);
  const T before = a->value;
  Hidden hidden;
  if constexpr (std::has_unique_object_representations_v<T> && sizeof(T) <= sizeof(uint64_t)) {
    if (x.search != nullptr && SameValue(before, desired)) [[unlikely]]
      ChangedNothing();
  }
  a->value = desired;
  return before;
}

template <class T>
template <class Change>
HEDDLE_OPERATION T Atomic<T>::Fetch(difference_type operand, Order order, Location where) {
  using namespace internal;
  Cell* a;
  {
    Hidden hidden;
    internal::TaskState* me = nullptr;
    a = Take<Throws::kNo>(Kind::kFetch, 0, where, &me);
    if (me != nullptr) [[likely]] {
      OnRead(*a, me, order);
      OnUpdate(*a, me, order);
    }
  }
  if (a == nullptr) [[unlikely]]
    return Initial();
  TsanOnRead(*a, order);
  TsanOnUpdate(*a, order);
  const T before = a->value;
  Hidden hidden;
  a->value = Change::template Apply<T>(before, operand);
  return before;
}

template <class T>
HEDDLE_OPERATION T Atomic<T>::TryExchange(bool weak, T expected, T desired, Order success,
                                          Order failure, Location where, bool* exchanged) {
  using namespace internal;
  Cell* a;
  bool equal = false;
  {
    Hidden hidden;
    internal::TaskState* me = nullptr;
    if (!IsForLoads(failure)) [[unlikely]]
      Refuse(Kind::kCompareExchange, failure, where);
    a = Take<Throws::kYes>(Kind::kCompareExchange, ValueWord(expected), where, &me);
    if (a != nullptr) [[likely]]
      equal = SameValue(a->value, expected);
    if (me != nullptr) [[likely]] {
      if (sizeof(T) <= sizeof me->operand && !equal) ChangedNothing();
      if (weak && equal && x.faults_left.failed_exchanges > 0) [[unlikely]]
        equal = !FailsSpuriously(me);
      OnRead(*a, me, equal ? success : failure);
      if (equal) OnUpdate(*a, me, success);
    }
  }
  *exchanged = equal;
  if (a == nullptr) [[unlikely]]
    return Initial();
  TsanOnRead(*a, equal ? success : failure);
  if (!equal) return a->value;
  TsanOnUpdate(*a, success);
  Hidden hidden;
  a->value = desired;
  return expected;
}

template <class T>
HEDDLE_USER_OPERATION bool Atomic<T>::CompareExchange(bool weak, T& expected, T desired,
                                                      Order success, Order failure,
                                                      Location where) {
  bool exchanged = false;
  const T before = TryExchange(weak, expected, desired, success, failure, where, &exchanged);
  if (!exchanged) expected = before;
  return exchanged;
}

template <class T>
HEDDLE_OPERATION void Atomic<T>::wait(T old, Order order, Location where) const {
  using namespace internal;
  Cell* a;
  Waiter mine;
  internal::TaskState* me = nullptr;
  {
    Hidden hidden;
    if (!IsForLoads(order)) [[unlikely]]
      Self().Refuse(Kind::kWait, order, where);
    a = Self().template Take<Throws::kYes>(Kind::kWait, ValueWord(old), where, &me);
    if (me == nullptr) [[unlikely]]
      return;
  }
  for (;;) {
    {
      Hidden hidden;
      OnRead(*a, me, order);
    }
    TsanOnRead(*a, order);
    Hidden hidden;
    me->park = nullptr;
    if (!SameValue(a->value, old) && !a->destroyed) return;
    Park(a->waiting, &mine, me);
    if (!Step(me)) return;
  }
}

template <class T>
HEDDLE_OPERATION void Atomic<T>::Notify(Kind kind, Location where) {
  using namespace internal;
  Hidden hidden;
  internal::TaskState* me = nullptr;
  Cell* a = Take<Throws::kNo>(kind, 0, where, &me);
  if (me == nullptr) return;
  if (kind == Kind::kNotifyAll) {
    WakeAll(*a);
  } else {
    WakeOne(*a, me);
  }
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_ATOMIC_OPERATIONS_H_
