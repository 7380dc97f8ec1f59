// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/internal/tree_search.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "heddle/core/internal/archive.h"

namespace heddle {

// -- An execution
// ------------------------------------------------------------------------------------------------

void TreeSearch::Begin(uint64_t) {
  depth_ = 0;
  choices_made_ = 0;
  redundant_ = false;
  path_.wakeups.Release(&following_);
  last_step_.fill(0);
  for (Seen& seen : seen_) seen.word = 0;
  rereads_.Begin();
}

uint32_t TreeSearch::AnyOf(uint64_t tasks) {
  const auto count = static_cast<uint32_t>(std::popcount(tasks));
  return NthBit(tasks, count == 1 ? 0 : order_.Below(count));
}

uint32_t TreeSearch::ChooseTask(const Alternatives& alternatives) {
  if (depth_ < repeated_) {
    const uint32_t slot = path_.nodes[depth_].step.slot;
    return alternatives.runnable().Contains(slot) ? slot : kDiverged;
  }
  OpenNode(alternatives);
  SearchNode& node = path_.nodes.back();
  const uint64_t awake = node.runnable & ~node.asleep;
  DropUnusable(&node);
  if (node.wakeups != 0) return path_.wakeups.StepAt(node.wakeups).slot;
  // If all are asleep, Step ends the execution.
  return AnyOf(awake != 0 ? awake : node.runnable);
}

uint32_t TreeSearch::ChooseIndex(uint32_t count, Operation) {
  const uint32_t at = choices_made_++;
  if (at < path_.choices.size()) {
    const SearchChoice& choice = path_.choices[at];
    return choice.count == count ? choice.index : kDiverged;
  }
  path_.choices.push_back({.node = depth_ - 1,
                           .count = count,
                           .leaves_before = executions_,
                           .leaves_at_branch = executions_});
  return 0;
}

// A state that was not reached before.
void TreeSearch::OpenNode(const Alternatives& alternatives) {
  if (path_.nodes.size() > depth_) return;
  SearchNode node;
  Fits(alternatives.runnable(), &node.runnable);
  HoldRereads(alternatives, &node);
  node.leaves_before = node.leaves_at_branch = executions_;
  NoteAnnouncement(alternatives);
  if (reduces()) InheritSleepers(&node);
  InheritWakeups(&node);
  node.sleepers = static_cast<uint32_t>(path_.sleepers.size());
  path_.nodes.push_back(node);
}

// Where the last step led its task: there a destroyed object would have been noticed.
void TreeSearch::NoteAnnouncement(const Alternatives& alternatives) {
  if (depth_ > 0) Used(alternatives.Announced(path_.nodes[depth_ - 1].step.slot).object);
}

void TreeSearch::Used(ObjectId object) {
  if (depth_ == 0) return;
  SearchNode& before = path_.nodes[depth_ - 1];
  before.step.used |= BitOf(object);
  before.ever_used |= before.step.used;
}

void TreeSearch::Destroyed(ObjectId object) {
  if (depth_ == 0) return;
  SearchNode& before = path_.nodes[depth_ - 1];
  before.step.destroyed |= BitOf(object);
  before.ever_destroyed |= before.step.destroyed;
}

// Tasks that wait for a change go on only when nobody else can, nor the clock.
void TreeSearch::HoldRereads(const Alternatives& alternatives, SearchNode* node) {
  uint64_t rereading = 0;
  for (uint64_t rest = node->runnable; rest != 0; rest &= rest - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(rest));
    if (rereads_.IsRereading(slot, alternatives.Announced(slot), alternatives.Operand(slot))) {
      rereading |= BitOf(slot);
    }
  }
  if (rereading == 0 || (node->runnable & ~rereading) == 0) return;
  has_rereads_ = true;
  node->rereading = rereading;
  node->runnable &= ~rereading;
}

// What is to follow the step from the state before.
void TreeSearch::InheritWakeups(SearchNode* node) {
  node->wakeups = std::exchange(following_, 0);
  for (uint32_t at = node->wakeups; at != 0; at = path_.wakeups.Next(at)) {
    node->to_explore |= BitOf(path_.wakeups.StepAt(at).slot);
  }
  node->to_explore &= node->runnable;
}

// Sequences that cannot be had after all: a choice inside an operation was another one when they were found. What
// was left out for their sake is met by exploring everything.
void TreeSearch::DropUnusable(SearchNode* node) {
  while (node->wakeups != 0) {
    const uint64_t task = BitOf(path_.wakeups.StepAt(node->wakeups).slot);
    if ((node->runnable & ~node->asleep & ~node->explored & task) != 0) return;
    uint32_t following = path_.wakeups.Pop(&node->wakeups);
    path_.wakeups.Release(&following);
    if ((node->runnable & task) == 0) ExploreAll(node);
  }
}

void TreeSearch::ExploreAll(SearchNode* node) {
  node->to_explore |= node->runnable;
  node->at_will |= node->runnable;
}

// Those that sleep, or were explored, at the state before and are independent of the step from there.
void TreeSearch::InheritSleepers(SearchNode* node) {
  if (depth_ == 0) return;
  const SearchNode& before = path_.nodes[depth_ - 1];
  node->beside_select = before.beside_select || MayParkASelect(before.step.at);
  const size_t begin = depth_ == 1 ? 0 : path_.nodes[depth_ - 2].sleepers;
  for (size_t i = begin; i < before.sleepers; ++i) {
    SearchStep sleeper = path_.sleepers[i];
    if (sleeper.slot == before.step.slot ||
        AreDependent(relation_, sleeper, before.step, before.beside_select)) {
      continue;
    }
    sleeper.loose |= (before.at_will & BitOf(before.step.slot)) != 0;
    node->asleep |= BitOf(sleeper.slot);
    path_.sleepers.push_back(sleeper);
  }
}

Search::Go TreeSearch::Step(const Alternatives& alternatives, std::span<const StandingTask> tasks,
                            uint32_t slot) {
  if (depth_ + 1 < repeated_) {
    rereads_.Note(slot, alternatives.Announced(slot), alternatives.Operand(slot));
    const SearchNode& node = path_.nodes[depth_];
    const bool same =
        node.step.slot == slot && node.step.at.operation.Word() == alternatives.Word(slot);
    last_step_[slot % kMostSearched] = ++depth_;
    return same ? Go::kOn : Go::kDiverged;
  }
  if (TooMany(tasks)) return Go::kBack;
  if (depth_ >= repeated_) {
    OpenNode(alternatives);
    Observe(tasks);
  }
  SearchNode& node = path_.nodes[depth_];
  if ((node.asleep & BitOf(slot)) != 0) {
    path_.Truncate(depth_);
    redundant_ = true;
    return Go::kBack;
  }
  const auto task = std::ranges::find(tasks, slot, &StandingTask::slot);
  Take(&node, *task);
  rereads_.Note(slot, task->at.operation, alternatives.Operand(slot));
  See(alternatives, tasks);
  return Go::kOn;
}

void TreeSearch::Take(SearchNode* node, const StandingTask& task) {
  // When all is quiescent the clock goes on, though it is not runnable.
  node->runnable |= BitOf(task.slot);
  node->step = {.at = task.at,
                .slot = task.slot,
                .tries = task.tries,
                .used = BitOf(task.at.operation.object)};
  node->own_before = last_step_[task.slot];
  node->step.woken_from = path_.WokenFrom(task.slot, node->own_before);
  node->to_explore |= reduces() ? BitOf(task.slot) : node->runnable;
  if (!FollowWakeup(node)) node->at_will |= BitOf(task.slot);
  last_step_[task.slot] = ++depth_;
}

// Whether the step from the node is the first of its wakeups.
bool TreeSearch::FollowWakeup(SearchNode* node) {
  if (node->wakeups == 0) return false;
  const SearchStep& first = path_.wakeups.StepAt(node->wakeups);
  if (first.slot != node->step.slot) return false;
  const bool same = first.at.operation.Word() == node->step.at.operation.Word();
  following_ = path_.wakeups.Pop(&node->wakeups);
  if (same) return true;
  path_.wakeups.Release(&following_);
  ExploreAll(node);
  return false;
}

bool TreeSearch::TooMany(std::span<const StandingTask> tasks) {
  for (const StandingTask& task : tasks) {
    too_many_tasks_ |= task.slot >= kMostSearched;
    has_timers_ |= task.slot == kClockSlot;
  }
  return too_many_tasks_;
}

// What the last step did to other tasks.
void TreeSearch::Observe(std::span<const StandingTask> tasks) {
  if (!reduces() || depth_ == 0) return;
  for (const StandingTask& task : tasks) NoteChange(task, depth_ - 1);
}

// The clock is there from the start, though it is seen only from the first timer on.
void TreeSearch::NoteChange(const StandingTask& task, uint32_t by) {
  if (task.slot == kClockSlot) return;
  const Seen& seen = seen_[task.slot];
  if (task.at.operation.Word() == seen.word || task.slot == path_.nodes[by].step.slot) return;
  path_.changes.push_back({.by = by,
                           .slot = task.slot,
                           .created = seen.word == 0,
                           .was_runnable = seen.runnable,
                           .before = seen.step});
}

void TreeSearch::See(const Alternatives& alternatives, std::span<const StandingTask> tasks) {
  if (!reduces()) return;
  for (const StandingTask& task : tasks) {
    seen_[task.slot] = {.step = {.at = task.at,
                                 .slot = task.slot,
                                 .tries = task.tries,
                                 .used = BitOf(task.at.operation.object)},
                        .word = task.at.operation.Word(),
                        .runnable = alternatives.runnable().Contains(task.slot)};
  }
}

Search::Go TreeSearch::End(const Alternatives& alternatives, std::span<const StandingTask> tasks) {
  end_.complete = !redundant_;
  end_.standing.clear();
  Fits(alternatives.runnable(), &end_.runnable);
  if (TooMany(tasks) || path_.nodes.empty()) return Go::kOn;
  if (depth_ < repeated_) return Go::kDiverged;
  if (!redundant_) {
    NoteAnnouncement(alternatives);
    Observe(tasks);
    SearchNode& last = path_.nodes.back();
    last.step.ends = end_.runnable != 0;
    last.ever_ends |= last.step.ends;
  }
  for (const StandingTask& task : tasks) {
    // The clock stands nowhere unless it may go on.
    if (task.slot == kClockSlot && (end_.runnable & BitOf(kClockSlot)) == 0) continue;
    end_.standing.push_back({.at = task.at,
                             .slot = task.slot,
                             .tries = task.tries,
                             .loose = true,  // nobody knows what it would have done
                             .woken_from = path_.WokenFrom(task.slot, last_step_[task.slot]),
                             .used = BitOf(task.at.operation.object)});
  }
  return Go::kOn;
}

// -- Between executions
// ------------------------------------------------------------------------------------------------

bool TreeSearch::Next() {
  if (too_many_tasks_) return false;
  ++(redundant_ ? redundant_executions_ : executions_);
  if (reduces()) races_.Find(&path_, repeated_ == 0 ? 0 : repeated_ - 1, end_);
  most_bytes_ = std::max(most_bytes_, path_.Bytes());
  while (!path_.nodes.empty()) {
    const auto top = static_cast<uint32_t>(path_.nodes.size() - 1);
    if (NextChoice(top) || NextTask(&path_.nodes[top])) {
      repeated_ = top + 1;
      return true;
    }
    path_.Truncate(top);
  }
  exhausted_ = true;
  return false;
}

// In the effect of the step from the last node.
bool TreeSearch::NextChoice(uint32_t node) {
  while (!path_.choices.empty() && path_.choices.back().node == node) {
    SearchChoice& choice = path_.choices.back();
    if (++choice.index < choice.count) {
      choice.leaves_at_branch = executions_;
      while (!path_.changes.empty() && path_.changes.back().by >= node) path_.changes.pop_back();
      return true;
    }
    path_.choices.pop_back();
  }
  return false;
}

bool TreeSearch::NextTask(SearchNode* node) {
  node->explored |= BitOf(node->step.slot);
  ++node->branches;
  if (reduces()) PutToSleep(node);
  DropUnusable(node);
  const uint64_t left = node->to_explore & ~node->explored & ~node->asleep;
  if (left == 0) return false;
  const auto index = static_cast<uint32_t>(path_.nodes.size() - 1);
  while (!path_.changes.empty() && path_.changes.back().by >= index) path_.changes.pop_back();
  node->step = {.slot =
                    node->wakeups != 0 ? path_.wakeups.StepAt(node->wakeups).slot : AnyOf(left)};
  node->ever_ends = false;
  node->ever_destroyed = node->ever_used = 0;
  node->leaves_at_branch = executions_;
  return true;
}

void TreeSearch::PutToSleep(SearchNode* node) {
  SearchStep step = node->step;
  step.ends = node->ever_ends;
  step.destroyed = node->ever_destroyed;
  step.used = node->ever_used;
  path_.sleepers.push_back(step);
  node->sleepers = static_cast<uint32_t>(path_.sleepers.size());
}

// -- What was explored
// --------------------------------------------------------------------------------------------

namespace {

// Executions below a point of which `done` branches have `leaves` together, the current one `current` (negative: it
// was not begun), and `others` are still to come.
double Grow(double current, double leaves, double done, double others) {
  if (current < 0) return leaves + (others + 1) * leaves / std::max(done, 1.0);
  return (leaves + current) * (done + 1 + others) / (done + 1);
}

}  // namespace

double TreeSearch::EstimateLeft() const {
  double below = -1;
  auto choice = path_.choices.rbegin();
  for (size_t i = path_.nodes.size(); i-- > 0;) {
    const SearchNode& node = path_.nodes[i];
    for (; choice != path_.choices.rend() && choice->node == i; ++choice) {
      // Where the current branch is the first, and not begun, nothing is known yet.
      below = Grow(below, static_cast<double>(choice->leaves_at_branch - choice->leaves_before),
                   choice->index, choice->count - choice->index - 1);
    }
    const uint64_t others =
        node.to_explore & ~node.explored & ~node.asleep & ~BitOf(node.step.slot);
    below = Grow(below, static_cast<double>(node.leaves_at_branch - node.leaves_before),
                 node.branches, std::popcount(others));
  }
  return std::max(below - static_cast<double>(executions_), 1.0);
}

void TreeSearch::Archive(internal::Archive& archive) {
  path_.wakeups.Release(&following_);
  path_.ArchiveAll(archive);
  archive(order_);
  archive(repeated_);
  archive(exhausted_);
  archive(has_timers_);
  archive(has_rereads_);
  archive(too_many_tasks_);
  archive(executions_);
  archive(redundant_executions_);
  archive(most_bytes_);
}

Coverage TreeSearch::coverage() const {
  Coverage coverage;
  coverage.executions = executions_;
  coverage.redundant = redundant_executions_;
  coverage.exhausted = exhausted_;
  coverage.has_timers = has_timers_;
  coverage.has_rereads = has_rereads_;
  coverage.left = exhausted_ || executions_ == 0 ? 0 : EstimateLeft();
  coverage.most_bytes = most_bytes_;
  coverage.unreduced = !reduces();
  if (too_many_tasks_) {
    coverage.refusal = "an exhaustive search takes at most " + std::to_string(kMostSearched - 1) +
                       " tasks in an execution";
  }
  return coverage;
}

}  // namespace heddle
