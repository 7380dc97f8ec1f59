// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/timer.h"

#include <algorithm>

namespace heddle::internal {
namespace {

// Four children lie in two cache lines; the heap is half as high as with two.
constexpr size_t kChildren = 4;

size_t ParentOf(size_t index) { return (index - 1) / kChildren; }
size_t FirstChildOf(size_t index) { return index * kChildren + 1; }

}  // namespace

void TimerQueue::Push(Timer* timer, int64_t deadline) {
  timer->deadline = deadline;
  timer->order = ++armed_;
  ++live_;
  const Entry entry{deadline, timer->order, timer};
  size_t hole = heap_.size();
  heap_.push_back(entry);
  for (; hole > 0 && entry.Before(heap_[ParentOf(hole)]); hole = ParentOf(hole)) {
    heap_[hole] = heap_[ParentOf(hole)];
  }
  heap_[hole] = entry;
}

void TimerQueue::Remove(Timer* timer) {
  if (!timer->armed()) return;
  timer->order = 0;
  --live_;
  // Never more dead entries than live ones, and some: the queue stays as small as what is armed.
  if (heap_.size() > 2 * live_ + 64) DropDead();
}

Timer& TimerQueue::Earliest() {
  while (!heap_.front().IsLive()) DropFront();
  return *heap_.front().timer;
}

void TimerQueue::FindEarliest(std::vector<Timer*>* timers) {
  timers->clear();
  const int64_t deadline = Earliest().deadline;
  // Entries with the deadline of the first one form a tree at the top of the heap.
  open_.assign(1, 0);
  while (!open_.empty()) {
    const size_t index = open_.back();
    open_.pop_back();
    if (heap_[index].IsLive()) timers->push_back(heap_[index].timer);
    const size_t end = std::min(FirstChildOf(index) + kChildren, heap_.size());
    for (size_t child = FirstChildOf(index); child < end; ++child) {
      if (heap_[child].deadline == deadline) open_.push_back(child);
    }
  }
  std::sort(timers->begin(), timers->end(),
            [](const Timer* a, const Timer* b) { return a->order < b->order; });
}

void TimerQueue::Clear() {
  heap_.clear();
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
