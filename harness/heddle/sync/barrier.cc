// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/barrier.h"

#include <string>

#include "heddle/sync/internal/counting.h"

namespace heddle::internal {
namespace {

using Kind = OperationKind;

Throws ThrowsOf(Kind kind) { return kind == Kind::kArriveAndDrop ? Throws::kNo : Throws::kYes; }

bool TakeStep(TaskState* me, Kind kind) {
  return kind == Kind::kArriveAndDrop ? Step<Throws::kNo>(me) : Step(me);
}

void MisuseToken(BarrierState* b, const std::string& what, Location where) {
  Misuse(
      Kind::kWait, b, where, Throws::kYes,
      x.current->Label() + " waits at " + LabelOf(*b) + " with " + what,
      "wait once with each token, at the barrier whose arrive returned it, before its next phase "
      "ends");
}

bool RefuseInCompletion(BarrierState* b, Kind kind, Location where) {
  Misuse(kind, b, where, ThrowsOf(kind),
         "the completion function of " + LabelOf(*b) + " calls it: " + std::string(ToString(kind)),
         "use the barrier again only after the phase has ended");
  return false;
}

}  // namespace

void BarrierState::Check() {
  if (expected >= 0) return;
  Misuse(Kind::kNone, this, created_at, Throws::kYes,
         LabelOf(*this) + " is made for " + std::to_string(expected) + " tasks",
         "let it expect 0 tasks or more");
}

std::string BarrierState::Describe() const {
  if (destroyed) return "destroyed";
  std::string text = "phase " + std::to_string(phase->number) + ", " +
                     std::to_string(total - awaited) + " of " + std::to_string(total) + " arrived";
  if (completing != nullptr) text += ", " + completing->Label() + " runs the completion function";
  return text;
}

std::string BarrierState::DescribeStep(const TaskState& task) const {
  const Kind what = Operation::FromWord(task.word).kind;
  const std::string number = "(phase " + std::to_string(phase->number);
  if (what == Kind::kNotifyAll) return "(phase " + std::to_string(phase->number + 1) + ")";
  if (what != Kind::kArrive && what != Kind::kArriveAndDrop) return {};
  return number + ", " + SumOf(total - awaited, Request::AmountOf(task)) + "/" +
         std::to_string(total) + ")";
}

// A phase keeps its clock for the tasks that still wait for it when later ones have begun.
void BarrierState::BeginNextPhase() {
  const uint64_t ended = phase->number;
  phase = x.arena.New<BarrierPhase>();
  phase->number = ended + 1;
  completing = nullptr;
  awaited = total = expected;
  Open(waiters);
}

bool BarrierHandle::Arrive(Kind kind, ptrdiff_t n, bool has_completion, Location where,
                           ArrivalToken* token) {
  BarrierPhase* phase;
  bool completes = false;
  {
    Hidden hidden;
    BarrierState* b = Get(kind, where, ThrowsOf(kind));
    if (b == nullptr) return false;
    if (b->completing == x.current) return RefuseInCompletion(b, kind, where);
    TaskState* me = Announce(kind, b, where);
    Request mine(me, n);
    if (!TakeStep(me, kind) || !MayArrive(b, kind, n, where)) return false;
    phase = b->phase;
    token->serial_ = x.serial;
    token->barrier_ = b;
    token->phase_ = phase;
    if (kind == Kind::kArriveAndDrop) --b->expected;
    b->awaited -= n;
    ReleaseJoinClock(me, phase->clock);
    if (b->awaited == 0) {
      completes = has_completion;
      if (completes) {
        b->completing = me;
        AcquireClock(me, phase->clock);
      } else {
        b->BeginNextPhase();
      }
    }
  }
  TsanRelease(&phase->edge);
  if (completes) TsanAcquire(&phase->edge);
  return completes;
}

bool BarrierHandle::MayArrive(BarrierState* b, Kind kind, ptrdiff_t n, Location where) {
  if (n >= 1 && n <= b->awaited) return true;
  if (n < 1) {
    Misuse(kind, b, where, ThrowsOf(kind),
           std::to_string(n) + " arrivals at " + LabelOf(*b) + " at once", "arrive at least once");
    return false;
  }
  Misuse(kind, b, where, ThrowsOf(kind),
         "more arrivals at " + LabelOf(*b) + " than it expects (" + b->Describe() +
             "): " + x.current->Label() + " arrives" + (n > 1 ? " by " + std::to_string(n) : ""),
         "make it for all tasks that arrive, each once a phase, and wait before arriving again");
  return false;
}

void BarrierHandle::Finish(Location where) {
  BarrierPhase* phase;
  {
    Hidden hidden;
    BarrierState* b = Get(Kind::kNotifyAll, where, Throws::kNo);
    if (b == nullptr) return;
    TaskState* me = Announce(Kind::kNotifyAll, b, where);
    if (!Step<Throws::kNo>(me)) return;
    phase = b->phase;
    ReleaseJoinClock(me, phase->clock);
    b->BeginNextPhase();
  }
  TsanRelease(&phase->edge);
}

void BarrierHandle::Await(ArrivalToken token, Location where) {
  BarrierPhase* phase;
  {
    Hidden hidden;
    BarrierState* b = Get(Kind::kWait, where, Throws::kYes);
    if (b == nullptr || !MayAwait(b, token, where)) return;
    phase = token.phase_;
    TaskState* me = Announce(Kind::kWait, b, where);
    Pend(b->waiters, me, b->phase != phase);
    if (!Step(me)) return;
    Unpend(b->waiters, me);
    // Looked at in the step, not before: when the call began is nothing that a schedule tells.
    if (phase->number + 1 < b->phase->number) return AwaitStale(b, phase, where);
    AcquireClock(me, phase->clock);
  }
  TsanAcquire(&phase->edge);
}

bool BarrierHandle::MayAwait(BarrierState* b, const ArrivalToken& token, Location where) {
  if (b->completing == x.current) return RefuseInCompletion(b, Kind::kWait, where);
  const bool ours = token.serial_ == x.serial && token.barrier_ == b;
  if (ours) [[likely]]
    return true;
  std::string what;
  if (token.serial_ == 0) {
    what = "a token that was used already";
  } else if (token.serial_ != x.serial) {
    what = "a token of another execution";
  } else {
    what = "a token of " + LabelOf(*token.barrier_);
  }
  MisuseToken(b, what, where);
  return false;
}

void BarrierHandle::AwaitStale(BarrierState* b, const BarrierPhase* phase, Location where) {
  MisuseToken(b,
              "a token of phase " + std::to_string(phase->number) + ", but phase " +
                  std::to_string(b->phase->number) + " has begun",
              where);
}

BarrierHandle::~BarrierHandle() {
  Hidden hidden;
  if (!InExecution()) return;
  Shut(state_->waiters);
}

}  // namespace heddle::internal
