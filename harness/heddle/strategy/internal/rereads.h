// SPDX-License-Identifier: Apache-2.0
//
// Which tasks look again and again at what does not change: loops that wait for another task.
//
//   while (!ready.load()) {}
//   while (!mu.try_lock()) Yield();
//   while (locked.exchange(true)) {}
//   while (wants[1 - me].load() && turn.load() == 1 - me) {}
//   while (locked.exchange(true)) while (locked.load()) {}
//
// A look is a step that changed nothing: a load, a try in vain, one that found open what stays open. It is the same look if it is of
// the same kind, at the same object, with the same operand. After kMostRereads turns of
// such a loop its task has nothing new to see before somebody has changed one of the objects.
#ifndef HEDDLE_STRATEGY_INTERNAL_REREADS_H_
#define HEDDLE_STRATEGY_INTERNAL_REREADS_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "heddle/core/dependence.h"
#include "heddle/core/operation.h"
#include "heddle/strategy/internal/search_path.h"

namespace heddle {

// Loops that give up after fewer turns are explored in full.
inline constexpr uint32_t kMostRereads = 3;

class Rereads {
 public:
  void Begin() {
    for (; looking_ != 0; looking_ &= looking_ - 1) looks_[FirstLooking()].Clear();
    last_ = {};
  }

  // The task in `slot` takes this step, with this operand.
  void Note(uint32_t slot, const Operation& step, uint64_t operand) {
    using K = OperationKind;
    constexpr KindSet kLooks(K::kLoad, K::kLength, K::kErr);
    Settle();
    last_ = {.slot = slot % kMostSearched,
             .step = step,
             .operand = operand,
             .changed = !kLooks.Contains(step.kind) && step.kind != K::kYield};
  }
  // The step that was noted last did.
  void ChangedNothing() { last_.changed = false; }

  // Whether the task in `slot`, which stands there, would only look once more.
  bool IsRereading(uint32_t slot, const Operation& at, uint64_t operand) {
    Settle();
    const Looks& looks = looks_[slot];
    const Look* const look = looks.Find(at, operand);
    if (look == looks.end() || !look->CameOften()) return false;
    // Those that came since are in the loop, too; older ones came before it.
    return std::all_of(looks.begin(), looks.end(), [&](const Look& other) {
      return other.latest.back() < look->latest.front() || other.CameOften();
    });
  }

 private:
  struct Look {
    ObjectId object;
    OperationKind kind = OperationKind::kNone;
    uint64_t operand = 0;
    // When it came, the last time last: places among the task's looks, from 1; 0: it did not come so often.
    std::array<uint32_t, kMostRereads> latest = {};

    bool CameOften() const { return latest.front() != 0; }
    bool IsOf(const Operation& step, uint64_t with) const {
      return object == step.object && kind == step.kind && operand == with;
    }
  };
  // Of one task, since anything else happened to it or to what it looks at: the latest.
  struct Looks {
    std::array<Look, 4> all = {};
    uint32_t count = 0;
    uint32_t made = 0;

    Look* begin() { return all.data(); }
    Look* end() { return all.data() + count; }
    const Look* begin() const { return all.data(); }
    const Look* end() const { return all.data() + count; }
    void Clear() { count = made = 0; }
    // At a yield, the latest one.
    const Look* Find(const Operation& at, uint64_t operand) const {
      if (at.kind == OperationKind::kYield) return std::max_element(begin(), end(), IsOlder);
      return std::find_if(begin(), end(), [&](const Look& look) { return look.IsOf(at, operand); });
    }
    static bool IsOlder(const Look& a, const Look& b) { return a.latest.back() < b.latest.back(); }
  };
  struct Step {
    uint32_t slot = 0;
    Operation step = {};
    uint64_t operand = 0;
    bool changed = false;
  };

  uint32_t FirstLooking() const { return static_cast<uint32_t>(std::countr_zero(looking_)); }

  // What a step did is known when the next one is to come.
  void Settle() {
    const Step last = last_;
    last_ = {};
    if (last.changed) {
      looks_[last.slot].Clear();
      Change(last.step);
    } else if (last.step.object.value != 0 || last.step.kind == OperationKind::kTrySelect) {
      Add(last.slot, last.step, last.operand);
    }
  }

  void Add(uint32_t slot, const Operation& step, uint64_t operand) {
    Looks& looks = looks_[slot];
    looking_ |= BitOf(slot);
    ++looks.made;
    Look* look = std::find_if(looks.begin(), looks.end(),
                              [&](const Look& l) { return l.IsOf(step, operand); });
    if (look == looks.end()) {
      if (looks.count < looks.all.size()) {
        ++looks.count;
      } else {
        look = std::min_element(looks.begin(), looks.end(), Looks::IsOlder);
      }
      *look = {.object = step.object, .kind = step.kind, .operand = operand};
    }
    std::shift_left(look->latest.begin(), look->latest.end(), 1);
    look->latest.back() = looks.made;
  }

  void Change(const Operation& step) {
    for (uint64_t rest = looking_; rest != 0; rest &= rest - 1) {
      Looks& looks = looks_[static_cast<uint32_t>(std::countr_zero(rest))];
      if (std::none_of(looks.begin(), looks.end(),
                       [&](const Look& look) { return MayChange(step, look); })) {
        continue;
      }
      looks.Clear();
      looking_ &= ~(rest & -rest);
    }
  }

  static bool MayChange(const Operation& step, const Look& look) {
    using K = OperationKind;
    constexpr KindSet kOnlyTheirObject(
        K::kStart, K::kSpawn, K::kJoin, K::kSleep, K::kLock, K::kTryLock, K::kUnlock, K::kAcquire,
        K::kTryAcquire, K::kRelease, K::kLockShared, K::kTryLockShared, K::kUnlockShared, K::kStore,
        K::kExchange, K::kCompareExchange, K::kFetch);
    if (look.object == step.object) return true;
    // Steps elsewhere change no value that is loaded; a firing counts as a change of everything.
    if (look.kind == K::kLoad) return step.kind == K::kFire;
    return !kOnlyTheirObject.Contains(step.kind);
  }

  std::array<Looks, kMostSearched> looks_ = {};  // by slot
  uint64_t looking_ = 0;                         // slots that may have some
  Step last_;                                    // not settled yet
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_REREADS_H_
