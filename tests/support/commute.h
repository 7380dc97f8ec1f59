// SPDX-License-Identifier: Apache-2.0
//
// Tries whether steps commute, by brute force: a world of a few tasks that do random operations is executed by
// a random walk; at some state two tasks that can both go on do so in both orders, and then the same tasks go
// on in the same order to the end. Everything is compared: after each step which tasks can run, at which
// operations all stand, what each task's clock knows, and at the end what each operation returned.
//
//   CommuteWorld world{"latch", [](CommuteRun& run) {
//     Latch latch(2);
//     run.Tasks(2, 4, [&](CommuteTask& me) {
//       if (me.Draw(2) == 0) me.Note(latch.try_wait()); else latch.count_down();
//     });
//   }};
//   ExpectCommutes(TryWorlds({world}), {ObjectKind::kLatch}, {}, {});
//
// What a decision inside an operation is about is chosen by identity (which task in line, whose timer), never
// by the place in a line, whose order does not count.
#ifndef HEDDLE_TESTS_SUPPORT_COMMUTE_H_
#define HEDDLE_TESTS_SUPPORT_COMMUTE_H_

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "heddle/core/dependence.h"
#include "heddle/core/options.h"
#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"

namespace heddle::testing_support {

// A task of a world: what it draws and notes is its own.
class CommuteTask {
 public:
  CommuteTask(int number, uint64_t seed, std::vector<int64_t>* notes)
      : me(number), random_(seed), notes_(notes) {}

  const int me;  // from 0; the body comes last
  uint32_t Draw(uint32_t n) { return random_.Below(n); }
  // What an operation returned.
  void Note(int64_t value) { notes_->push_back(value); }

 private:
  Random random_;
  std::vector<int64_t>* notes_;
};

// One execution of a world, as its body sees it.
class CommuteRun {
 public:
  static constexpr int kMostTasks = 4;

  explicit CommuteRun(uint64_t program) : program_(program) {}

  // The body's own; for what differs from program to program.
  CommuteTask& body() { return body_; }
  // For a task that the body starts by itself, once.
  CommuteTask TaskOf(int number) {
    return CommuteTask(number, Mix(program_, static_cast<uint64_t>(number)), &notes_[number]);
  }
  // `count` tasks take `steps` steps each and then `end` what they have begun; joins them.
  void Tasks(int count, int steps, const std::function<void(CommuteTask&)>& step,
             const std::function<void(CommuteTask&)>& end = {});
  const std::vector<int64_t>* notes() const { return notes_; }

 private:
  const uint64_t program_;
  std::vector<int64_t> notes_[kMostTasks + 1];
  CommuteTask body_{kMostTasks, Mix(program_, kMostTasks), &notes_[kMostTasks]};
};

struct CommuteWorld {
  const char* name = "";
  std::function<void(CommuteRun&)> body;
  Options options = {
      .max_steps = 2'000, .clock = ClockPolicy::kWhenIdle, .tickers_must_stop = false};
};

using Relation =
    std::function<bool(const AnnouncedOperation&, const AnnouncedOperation&, ParkedSelect)>;

// heddle::Dependent.
Relation Declared();
// The same, but for operations of these kinds at such objects, one or different ones, which it takes to be
// independent.
Relation WithIndependent(ObjectKind object, OperationKind a, OperationKind b);

struct OperationAt {
  ObjectKind object = ObjectKind::kNone;
  OperationKind kind = OperationKind::kNone;
  auto operator<=>(const OperationAt&) const = default;
};
// "mutex: lock"
std::string ToString(const OperationAt& operation);

// Two operations at one object or at different ones, the lesser first.
struct OperationPair {
  bool same = false;
  OperationAt a;
  OperationAt b;
  auto operator<=>(const OperationPair&) const = default;
};
std::string ToString(const OperationPair& pair);

struct Tried {
  uint32_t states = 0;   // in which both orders were taken
  bool differs = false;  // in one of them the orders did, or one enabled or disabled the other
};

struct Commutation {
  std::map<OperationPair, Tried> independent;  // as the relation says
  std::map<OperationPair, Tried> dependent;
  std::set<OperationAt> announced;
  uint32_t violations = 0;  // independent pairs that did not commute
  std::string violation;    // the first of them, told in full
};

// Adds to `result` what `programs` random programs of the world show.
void TryOrders(const CommuteWorld& world, uint32_t programs, const Relation& relation,
               Commutation* result);

// -- What a family of primitives has to show
// ------------------------------------------------------------

// Under sanitizers there are fewer, and how many states they show is not looked at.
inline constexpr uint32_t kCommutePrograms = HEDDLE_TSAN || HEDDLE_ASAN ? 120 : 1'200;
inline constexpr uint32_t kCommuteStates = 40;

// kCommutePrograms of each.
Commutation TryWorlds(const std::vector<CommuteWorld>& worlds,
                      const Relation& relation = Declared());

// A pair that is declared dependent though the orders never differ, and why that is as it is.
struct ConservativePair {
  ObjectKind object;
  OperationKind a;
  OperationKind b;
  std::string_view why;
};

// Expects that no independent pair failed to commute; that every operation of `objects` was announced; that of
// every two of them that are independent kCommuteStates states were tried at one object, and some at two; and
// that of the dependent ones at one object all but `conservative` were seen to differ.
void ExpectCommutes(const Commutation& seen, const std::vector<ObjectKind>& objects,
                    const std::vector<ConservativePair>& conservative);

// Expects that two operations of these groups, at different objects, were seen to differ.
void ExpectDependentElsewhere(const Commutation& seen, Group a, Group b);

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_COMMUTE_H_
