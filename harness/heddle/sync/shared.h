// SPDX-License-Identifier: Apache-2.0
//
// Shared<T>: a plain variable whose unordered accesses are reported, in every build.
//
//   operation   | every earlier write (and, for Set and Update, read) | one of them is not ordered
//               | by another task happens before                      |
//   Get         | a copy of the value                                 | race
//   Set, Update | replaces or changes the value                       | race
//   Read        | a guard: const access to the value                  | race
//   Write       | a guard: access to the value                        | race; again at the guard's end
//
// A write guard is a write when it is made and another when it goes, a read guard so two reads: whoever
// comes in between without being ordered with both is found.
//
// Accesses are checked but are no steps: a data race is a matter of order, not of timing, and is
// found wherever two accesses meet in any schedule. Happens-before: a Shared creates no edge
// whatever; that is its point. Cost: O(1), O(readers) at a write after concurrent reads.
//
// A Shared that lives outside the executions is reset at its first use in each to the value it was
// constructed with, for which T must be copyable. T need be neither copyable nor movable nor
// default-constructible otherwise: `std::in_place` constructs it where it is.
//
//   heddle::Shared<int> hits(0, "hits");
//   hits.Set(hits.Get() + 1);                     // two accesses
//   hits.Update([](int& value) { ++value; });     // one: a write
//   heddle::Shared<Table> table(std::in_place, heddle::ObjectName("table"), rows, columns);
//   table.Write()->Clear();
#ifndef HEDDLE_SYNC_SHARED_H_
#define HEDDLE_SYNC_SHARED_H_

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/detect/access_history.h"
#include "heddle/runtime/internal/handle.h"

namespace heddle {

// What reports call an object whose other arguments leave no room for a name; copied.
struct ObjectName {
  explicit ObjectName(const char* text, Location at = Location::Here()) : name(text), where(at) {}
  const char* name;
  Location where;
};

namespace internal {

class SharedState final : public ObjectState {
 public:
  SharedState() : ObjectState(ObjectKind::kShared) {}
  AccessHistory accesses;
};

[[gnu::cold, gnu::noinline]] void ReportRace(const SharedState& variable, const Access& earlier,
                                             bool write, Location where, Throws throws);
// For a Shared outside the executions whose value cannot be copied. As Misuse.
[[gnu::cold, gnu::noinline]] void RefuseToReset(const char* name, Location where);

}  // namespace internal

template <class T>
class Shared : private internal::HandleBase {
 public:
  explicit Shared(T value = T(), const char* name = nullptr, Location where = Location::Here())
      : HandleBase(ObjectKind::kShared, name, where), value_(std::move(value)) {
    Start();
  }

  template <class... Args>
  requires std::constructible_from<T, Args...>
  explicit Shared(std::in_place_t, Args&&... args)
      : Shared(std::in_place, ObjectName(nullptr, Location{}), std::forward<Args>(args)...) {}
  template <class... Args>
  requires std::constructible_from<T, Args...> Shared(std::in_place_t, ObjectName name,
                                                      Args&&... args)
      : HandleBase(ObjectKind::kShared, name.name, name.where),
        value_(std::forward<Args>(args)...) {
    Start();
  }

  ~Shared() {
    internal::Hidden hidden;
    if (InExecution()) internal::Retire(state_);
  }

  T Get(Location where = Location::Here()) const {
    CheckRead(where);
    return value_;
  }

  void Set(T value, Location where = Location::Here()) {
    CheckWrite(where);
    value_ = std::move(value);
  }

  // Calls `change` with a reference to the value: one write.
  template <class F>
  decltype(auto) Update(F&& change, Location where = Location::Here()) {
    CheckWrite(where);
    return std::forward<F>(change)(value_);
  }

  class [[nodiscard]] ReadGuard {
   public:
    ~ReadGuard() { shared_.CheckLastRead(where_); }
    const T& operator*() const { return shared_.value_; }
    const T* operator->() const { return std::addressof(shared_.value_); }
    ReadGuard(const ReadGuard&) = delete;
    ReadGuard& operator=(const ReadGuard&) = delete;

   private:
    friend class Shared;
    ReadGuard(const Shared& shared, Location where) : shared_(shared), where_(where) {
      shared_.CheckRead(where);
    }
    const Shared& shared_;
    Location where_;
  };

  class [[nodiscard]] WriteGuard {
   public:
    ~WriteGuard() { shared_.CheckLastWrite(where_); }
    T& operator*() const { return shared_.value_; }
    T* operator->() const { return std::addressof(shared_.value_); }
    WriteGuard(const WriteGuard&) = delete;
    WriteGuard& operator=(const WriteGuard&) = delete;

   private:
    friend class Shared;
    WriteGuard(Shared& shared, Location where) : shared_(shared), where_(where) {
      shared_.CheckWrite(where);
    }
    Shared& shared_;
    Location where_;
  };

  // They must not outlive the Shared.
  ReadGuard Read(Location where = Location::Here()) const { return ReadGuard(*this, where); }
  WriteGuard Write(Location where = Location::Here()) { return WriteGuard(*this, where); }

 private:
  using State = internal::SharedState;

  HEDDLE_OPERATION void CheckRead(Location where) const {
    using namespace internal;
    if (!IsBound()) [[unlikely]]
      const_cast<Shared*>(this)->Reset(where);
    Hidden hidden;
    if (!InExecution()) [[unlikely]]
      return;
    CheckReadAs(where, Throws::kYes);
  }
  HEDDLE_OPERATION void CheckWrite(Location where) {
    using namespace internal;
    if (!IsBound()) [[unlikely]]
      Reset(where);
    Hidden hidden;
    if (!InExecution()) [[unlikely]]
      return;
    CheckWriteAs(where, Throws::kYes);
  }

  void Start() {
    if (outside_) {
      if constexpr (std::is_copy_constructible_v<T>) initial_ = std::make_unique<T>(value_);
    } else {
      internal::Hidden hidden;
      Bind();
    }
  }

  // At a guard's end, in a destructor.
  HEDDLE_OPERATION void CheckLastRead(Location where) const {
    using namespace internal;
    Hidden hidden;
    if (!InExecution()) [[unlikely]]
      return;
    CheckReadAs(where, Throws::kNo);
  }
  HEDDLE_OPERATION void CheckLastWrite(Location where) {
    using namespace internal;
    Hidden hidden;
    if (!InExecution()) [[unlikely]]
      return;
    CheckWriteAs(where, Throws::kNo);
  }
  HEDDLE_ALWAYS_INLINE void CheckReadAs(Location where, internal::Throws throws) const {
    using namespace internal;
    if (x.search != nullptr) [[unlikely]]
      x.search->Used(state_->id);
    internal::TaskState* me = x.current;
    const Access* earlier = state_->accesses.OnRead(me->slot, me->clock, where, x.arena);
    if (earlier != nullptr) [[unlikely]]
      ReportRace(*state_, *earlier, false, where, throws);
  }
  HEDDLE_ALWAYS_INLINE void CheckWriteAs(Location where, internal::Throws throws) {
    using namespace internal;
    if (x.search != nullptr) [[unlikely]]
      x.search->Used(state_->id);
    internal::TaskState* me = x.current;
    const Access* earlier = state_->accesses.OnWrite(me->slot, me->clock, where);
    if (earlier != nullptr) [[unlikely]]
      ReportRace(*state_, *earlier, true, where, throws);
  }

  // Whether the variable must be bound to this execution first. Outside executions (and while tasks
  // are unwound) a Shared is an unchecked variable.
  HEDDLE_ALWAYS_INLINE bool IsBound() const {
    internal::Hidden hidden;
    return InExecution();
  }
  [[gnu::noinline]] void Reset(Location where) {
    {
      internal::Hidden hidden;
      if (internal::x.serial < internal::kFirstSerial) return;
      if (!MayBind(OperationKind::kNone, where, internal::Throws::kYes)) return;
      Bind();
    }
    if constexpr (std::is_copy_constructible_v<T> && std::is_move_assignable_v<T>) {
      // Whoever comes first resets it for all, which is no access of its own.
      internal::Hidden hidden;
      value_ = T(*initial_);
    } else {
      internal::Hidden hidden;
      internal::RefuseToReset(name_, where);
    }
  }
  void Bind() {
    state_ = internal::x.arena.New<State>();
    internal::Register(state_, name_, created_at_, outside_);
    serial_ = internal::x.serial;
  }

  State* state_ = nullptr;
  T value_;
  std::unique_ptr<T> initial_;  // outside only
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_SHARED_H_
