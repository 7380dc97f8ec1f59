// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/timer.h"

#include <algorithm>

namespace heddle::internal {
namespace {

// Four children lie in two cache lines; the heap is half as high as with two.
constexpr size_t kChildren = 4;

size_t ParentOf(size_t index) { return (index - 1) / kChildren; }
size_t FirstChildOf(size_t index) { return index * kChildren + 1; }

bool ArmedBefore(const Timer* a, const Timer* b) { return a->order < b->order; }

}  // namespace

void TimerQueue::Push(Timer* timer, int64_t deadline) {
  timer->deadline = deadline;
  timer->order = ++armed_;
  ++live_;
  if (!equals_.empty() && deadline == equals_.front()->deadline) {
    equals_.push_back(timer);
  } else {
    Insert(timer);
  }
}

void TimerQueue::Insert(Timer* timer) {
  const Entry entry{timer->deadline, timer->order, timer};
  size_t hole = heap_.size();
  heap_.push_back(entry);
  for (; hole > 0 && entry.Before(heap_[ParentOf(hole)]); hole = ParentOf(hole)) {
    heap_[hole] = heap_[ParentOf(hole)];
  }
  heap_[hole] = entry;
}

void TimerQueue::Remove(Timer* timer) {
  if (!timer->armed()) return;
  if (!equals_.empty() && timer->deadline == equals_.front()->deadline) {
    equals_.erase(std::lower_bound(equals_.begin(), equals_.end(), timer, ArmedBefore));
  }
  timer->order = 0;
  --live_;
  // Never more dead entries than live ones, and some: the queue stays as small as what is armed.
  if (heap_.size() > 2 * live_ + 64) DropDead();
}

const std::vector<Timer*>& TimerQueue::FindEarliest() {
  while (!heap_.empty() && !heap_.front().IsLive()) DropFront();
  if (!equals_.empty()) {
    if (heap_.empty() || heap_.front().deadline > equals_.front()->deadline) return equals_;
    for (Timer* timer : equals_) Insert(timer);
    equals_.clear();
  }
  for (const int64_t deadline = heap_.front().deadline;
       !heap_.empty() && heap_.front().deadline == deadline; DropFront()) {
    if (heap_.front().IsLive()) equals_.push_back(heap_.front().timer);
  }
  return equals_;
}

void TimerQueue::Clear() {
  heap_.clear();
  equals_.clear();
  live_ = 0;
  armed_ = 0;
}

void TimerQueue::DropFront() {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) SiftDown(0, last);
}

void TimerQueue::DropDead() {
  std::erase_if(heap_, [](const Entry& entry) { return !entry.IsLive(); });
  if (heap_.size() < 2) return;
  for (size_t index = ParentOf(heap_.size() - 1) + 1; index-- > 0;) SiftDown(index, heap_[index]);
}

// Puts `entry` where it belongs at or below `hole`.
void TimerQueue::SiftDown(size_t hole, const Entry& moved) {
  const Entry entry = moved;
  for (;;) {
    const size_t first = FirstChildOf(hole);
    if (first >= heap_.size()) break;
    const size_t end = std::min(first + kChildren, heap_.size());
    size_t least = first;
    for (size_t child = first + 1; child < end; ++child) {
      if (heap_[child].Before(heap_[least])) least = child;
    }
    if (!heap_[least].Before(entry)) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = entry;
}

}  // namespace heddle::internal
