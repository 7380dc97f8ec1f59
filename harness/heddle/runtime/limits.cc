// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/limits.h"

#include <algorithm>

#include "heddle/runtime/internal/deadline.h"
#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

constexpr uint64_t kMostFuel = 1024;
// Decisions which one step can record: its own and choices inside its effect.
constexpr uint64_t kDecisionsPerStep = 4;

Strategy* asked_for = nullptr;
Strategy* fair_walk = nullptr;

// Room for what the next `steps` steps can record. A warm exploration never grows it.
void ReserveRecord(uint64_t steps) {
  const auto used = static_cast<size_t>(x.record - x.decisions.data());
  const size_t needed = used + steps * kDecisionsPerStep;
  if (x.decisions.size() < needed) x.decisions.resize(std::max(needed, 2 * x.decisions.size()));
  x.record = x.decisions.data() + used;
}

}  // namespace

void BeginLimits(Strategy* fair) {
  asked_for = x.strategy;
  fair_walk = fair;
  x.limit = x.options.max_steps;
  x.fair_from = x.options.max_steps / 2;
  x.fair = false;
  x.body_ran_fairly = false;
  x.record = x.decisions.data();
  uint64_t look = x.watched ? 1 : std::min(kMostFuel, std::min(x.fair_from, x.limit) + 1);
  x.granted = look;
  x.fuel = static_cast<uint32_t>(look);
  ReserveRecord(look);
}

void BeginDrain() {
  const uint64_t taken = StepsTaken();
  x.limit = taken + x.options.drain_steps;
  x.fair_from = taken + x.options.drain_steps / 2;
  if (x.fair) {
    x.fair = false;
    x.strategy = asked_for;
  }
  // Look again when the fair half begins at the latest.
  if (x.granted > x.fair_from + 1) {
    x.granted = x.fair_from + 1;
    x.fuel = static_cast<uint32_t>(x.granted - taken);
  }
}

bool LimitReached(uint64_t taken) {
  if (DeadlinePassed()) {
    FailAtDeadline();
    return true;
  }
  if (!x.fair && taken >= x.fair_from) {
    x.fair = true;
    x.time_looked_at = false;
    if (fair_walk != nullptr) x.strategy = fair_walk;
  }
  if (x.fair && !x.body_returned) x.body_ran_fairly |= IsRunnable(&x.tasks[0]);
  if (taken < x.limit) return false;
  if (x.body_returned) {
    x.drain_cut = true;  // whoever is unfinished has leaked
  } else {
    FailAtLimit();
  }
  return true;
}

void Refuel(uint64_t taken) {
  uint64_t grant = kMostFuel;
  if (x.watched || (x.fair && !x.body_returned)) {
    grant = 1;
  } else {
    const uint64_t next = x.fair ? x.limit : std::min(x.fair_from, x.limit);
    if (next > taken) grant = std::min(grant, next - taken);
  }
  x.fuel = static_cast<uint32_t>(grant);
  x.granted += grant;
  ReserveRecord(grant + 1);
}

void ReserveDecision() { ReserveRecord(uint64_t{x.fuel} + 1); }

uint64_t StepsTaken() { return x.granted - x.fuel; }

void LookSoon() {
  if (x.fuel <= 1) return;
  x.granted -= x.fuel - 1;
  x.fuel = 1;
}

}  // namespace heddle::internal
