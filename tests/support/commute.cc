// SPDX-License-Identifier: Apache-2.0
#include "support/commute.h"

#include <algorithm>
#include <cstddef>

#include "heddle/sync/task.h"
#include "support/commute_strategy.h"

namespace heddle::testing_support {

void CommuteRun::Tasks(int count, int steps, const std::function<void(CommuteTask&)>& step,
                       const std::function<void(CommuteTask&)>& end) {
  Task tasks[kMostTasks];
  for (int i = 0; i < count; ++i) {
    tasks[i] = Go([&, i] {
      CommuteTask me = TaskOf(i);
      for (int n = 0; n < steps; ++n) step(me);
      if (end) end(me);
    });
  }
  for (int i = 0; i < count; ++i) tasks[i].Join();
}

Relation Declared() {
  return [](const AnnouncedOperation& a, const AnnouncedOperation& b, ParkedSelect select) {
    return Dependent(a, b, select);
  };
}

Relation WithIndependent(ObjectKind object, OperationKind a, OperationKind b) {
  return [=](const AnnouncedOperation& x, const AnnouncedOperation& y, ParkedSelect select) {
    const auto kinds = std::minmax(x.operation.kind, y.operation.kind);
    const bool meant = x.object == object && y.object == object && kinds == std::minmax(a, b);
    return !meant && Dependent(x, y, select);
  };
}

std::string ToString(const OperationAt& operation) {
  return std::string(ToString(operation.object)) + ": " + std::string(ToString(operation.kind));
}

std::string ToString(const OperationPair& pair) {
  return ToString(pair.a) + (pair.same ? " & " : " & elsewhere ") + ToString(pair.b);
}

namespace {

// -- Comparing
// --------------------------------------------------------------------------------------------

// Whether what a task did in one of the two steps, or after it, ended the execution. A cycle of owners does so
// while the second task could go on.
bool FailsAt(const Ended& ended, const CommuteStrategy::Pair& pair) {
  const size_t taken = ended.trace.size() - pair.steps;
  if (ended.verdict == Verdict::kDeadlock) {
    return taken < 2 && std::count(ended.runnable.begin(), ended.runnable.end(), pair.second) > 0;
  }
  return taken <= 2 && ended.verdict != Verdict::kPassed && ended.verdict != Verdict::kLeak;
}

// The same, or a cycle that the second step closes.
bool EndsAt(const Ended& ended, const CommuteStrategy::Pair& pair) {
  return FailsAt(ended, pair) ||
         (ended.verdict == Verdict::kDeadlock && ended.trace.size() == pair.steps + 2);
}

bool Took(const Ended& ended, const CommuteStrategy::Pair& pair, const Operation& first,
          const Operation& second) {
  return !ended.disabled && ended.trace.size() >= pair.steps + 2 &&
         ended.trace[pair.steps] == first && ended.trace[pair.steps + 1] == second;
}

bool SameRest(const Ended& a, const Ended& b, const CommuteStrategy::Pair& pair) {
  const auto from = static_cast<ptrdiff_t>(pair.steps + 2);
  return a.verdict == b.verdict && a.notes == b.notes && a.states == b.states &&
         std::equal(a.trace.begin() + from, a.trace.end(), b.trace.begin() + from, b.trace.end());
}

class OrdersTried {
 public:
  OrdersTried(const CommuteWorld& world, uint64_t program, CommuteStrategy& strategy)
      : world_(world), program_(program), strategy_(strategy) {}

  bool Same(const Asked& ask, const StandingTask& t, const StandingTask& u, bool tell = false) {
    pair_ = {ask.decided, ask.steps, t.slot, u.slot};
    first_ = Run(pair_, tell);
    const CommuteStrategy::Pair reversed{ask.decided, ask.steps, u.slot, t.slot};
    other_ = Run(reversed, tell);
    if (FailsAt(first_, pair_) || FailsAt(other_, reversed)) {
      return EndsAt(first_, pair_) && EndsAt(other_, reversed);
    }
    return Took(first_, pair_, t.at.operation, u.at.operation) &&
           Took(other_, pair_, u.at.operation, t.at.operation) && SameRest(first_, other_, pair_);
  }
  // Of the last two executions.
  std::string Tell() const {
    return std::string(world_.name) + ", program " + std::to_string(program_) + ", after " +
           std::to_string(pair_.steps) + " steps\n" + TellOne(first_) + "--- the other order\n" +
           TellOne(other_);
  }

 private:
  Ended Run(const CommuteStrategy::Pair& pair, bool tell) {
    Ended ended;
    strategy_.Repeat(pair, tell);
    ExecuteWorld(world_, program_, strategy_, &ended);
    return ended;
  }
  std::string TellOne(const Ended& ended) const {
    std::string text = "trace:";
    for (size_t i = pair_.steps; i < ended.trace.size() && i < pair_.steps + 12; ++i) {
      text += (i == pair_.steps ? " " : "; ") + Describe(ended.trace[i]);
    }
    text +=
        "\nverdict: " + std::string(ToString(ended.verdict)) + (ended.disabled ? ", disabled" : "");
    for (size_t i = 0; i < ended.told.size() && i < 6; ++i) text += "\nstate:" + ended.told[i];
    for (const std::vector<int64_t>& notes : ended.notes) {
      text += "\nnotes:";
      for (int64_t note : notes) text += " " + std::to_string(note);
    }
    return text + "\n";
  }

  const CommuteWorld& world_;
  const uint64_t program_;
  CommuteStrategy& strategy_;
  CommuteStrategy::Pair pair_;
  Ended first_;
  Ended other_;
};

// -- One program
// ------------------------------------------------------------------------------------------

OperationPair PairOf(const AnnouncedOperation& a, const AnnouncedOperation& b) {
  OperationPair pair;
  pair.same = a.object != ObjectKind::kNone && a.operation.object == b.operation.object &&
              a.object == b.object;
  pair.a = {a.object, a.operation.kind};
  pair.b = {b.object, b.operation.kind};
  if (pair.b < pair.a) std::swap(pair.a, pair.b);
  return pair;
}

ParkedSelect SelectBeside(const Asked& ask, const StandingTask& t, const StandingTask& u) {
  for (const StandingTask& task : ask.tasks) {
    if (task.slot != t.slot && task.slot != u.slot && !task.finished &&
        task.at.operation.kind == OperationKind::kSelect) {
      return ParkedSelect::kPossible;
    }
  }
  return ParkedSelect::kNone;
}

struct Candidate {
  const Asked* ask;
  const StandingTask* t;
  const StandingTask* u;
  Tried* tried;
  bool independent;
};

class Program {
 public:
  Program(const CommuteWorld& world, uint64_t program, const Relation& relation,
          Commutation* result)
      : world_(world), program_(program), relation_(relation), result_(*result) {}

  void Try() {
    Ended walked;
    ExecuteWorld(world_, program_, strategy_, &walked);
    for (size_t i = 0; i < strategy_.asked.size(); ++i) {
      Collect(strategy_.asked[i]);
      if (i + 1 < strategy_.asked.size()) LookAcross(strategy_.asked[i], strategy_.asked[i + 1]);
    }
    // The rarest first.
    std::stable_sort(
        candidates_.begin(), candidates_.end(),
        [](const Candidate& a, const Candidate& b) { return a.tried->states < b.tried->states; });
    OrdersTried orders(world_, program_, strategy_);
    for (size_t i = 0; i < candidates_.size() && i < kTriedOfEach; ++i) {
      const Candidate& c = candidates_[i];
      ++c.tried->states;
      if (orders.Same(*c.ask, *c.t, *c.u, /*tell=*/false)) continue;
      c.tried->differs = true;
      if (!c.independent) continue;
      if (result_.violations == 0) orders.Same(*c.ask, *c.t, *c.u, /*tell=*/true);
      Violate(c.t->at, c.u->at, orders.Tell());
    }
  }

 private:
  static constexpr size_t kTriedOfEach = 6;
  static constexpr uint32_t kEnoughStates = 20'000;
  static constexpr uint32_t kEnoughWitnesses = 2'000;

  bool AreDependent(const Asked& ask, const StandingTask& t, const StandingTask& u) const {
    return relation_(t.at, u.at, SelectBeside(ask, t, u));
  }
  void Collect(const Asked& ask) {
    for (const StandingTask& t : ask.tasks) {
      if (t.finished) continue;
      result_.announced.insert({t.at.object, t.at.operation.kind});
      if (!t.runnable) continue;
      for (const StandingTask& u : ask.tasks) {
        if (&u <= &t || u.finished || !u.runnable) continue;
        const bool dependent = AreDependent(ask, t, u);
        Tried& tried = (dependent ? result_.dependent : result_.independent)[PairOf(t.at, u.at)];
        const bool enough = dependent ? tried.differs || tried.states >= kEnoughWitnesses
                                      : tried.states >= kEnoughStates;
        if (!enough) candidates_.push_back({&ask, &t, &u, &tried, !dependent});
      }
    }
  }
  // What one step did to the other tasks.
  void LookAcross(const Asked& before, const Asked& after) {
    if (after.steps != before.steps + 1) return;
    const StandingTask* actor = Find(before, before.chosen);
    for (const StandingTask& u : before.tasks) {
      if (&u == actor || u.finished || u.Clock()) continue;
      const StandingTask* then = Find(after, u.slot);
      if (then->runnable == u.runnable && then->at.operation == u.at.operation) continue;
      if (AreDependent(before, *actor, u)) {
        result_.dependent[PairOf(actor->at, u.at)].differs = true;
      } else {
        Violate(actor->at, u.at,
                std::string(world_.name) + ", program " + std::to_string(program_) + ": " +
                    Describe(actor->at.operation) + " changes " + Describe(u.at.operation));
      }
    }
  }
  static const StandingTask* Find(const Asked& ask, uint32_t slot) {
    for (const StandingTask& task : ask.tasks) {
      if (task.slot == slot) return &task;
    }
    return nullptr;
  }
  void Violate(const AnnouncedOperation& a, const AnnouncedOperation& b, const std::string& text) {
    if (result_.violations++ > 0) return;
    result_.violation = ToString(PairOf(a, b)) + "\n" + text;
  }

  const CommuteWorld& world_;
  const uint64_t program_;
  const Relation& relation_;
  Commutation& result_;
  CommuteStrategy strategy_;
  std::vector<Candidate> candidates_;
};

}  // namespace

void TryOrders(const CommuteWorld& world, uint32_t programs, const Relation& relation,
               Commutation* result) {
  for (uint32_t program = 0; program < programs; ++program) {
    Program(world, program, relation, result).Try();
  }
}

Commutation TryWorlds(const std::vector<CommuteWorld>& worlds, const Relation& relation) {
  Commutation seen;
  for (const CommuteWorld& world : worlds) TryOrders(world, kCommutePrograms, relation, &seen);
  return seen;
}

}  // namespace heddle::testing_support
