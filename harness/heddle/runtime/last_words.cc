// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/last_words.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "heddle/runtime/internal/limits.h"

namespace heddle::internal {

constinit Text last_words;

Text& Text::operator<<(char c) {
  if (size_ < sizeof text_) text_[size_++] = c;
  return *this;
}

Text& Text::operator<<(std::string_view part) {
  for (char c : part) *this << c;
  return *this;
}

Text& Text::operator<<(const char* part) {
  for (; *part != '\0'; ++part) *this << *part;
  return *this;
}

Text& Text::operator<<(uint64_t number) {
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  while (first < sizeof digits) *this << digits[first++];
  return *this;
}

Text& Text::operator<<(Location where) {
  const char* name = where.file;
  for (const char* c = where.file; *c != '\0'; ++c) {
    if (*c == '/') name = c + 1;
  }
  return *this << name << ":" << uint64_t{where.line};
}

void Text::Write() {
  for (size_t done = 0; done < size_;) {
    const long written = syscall(SYS_write, STDERR_FILENO, text_ + done, size_ - done);
    if (written <= 0) break;
    done += static_cast<size_t>(written);
  }
  size_ = 0;
}

const TaskState* Running() {
  if (x.serial == kIdle || x.current == &x.driver || x.current->slot == kClockSlot) return nullptr;
  return x.current;
}

namespace {

// TaskState::Label without a std::string.
void AppendLabel(const TaskState& task) {
  if (task.parent == nullptr) {
    last_words << "T0";
    return;
  }
  if (task.parent->parent == nullptr) {
    last_words << "T";
  } else {
    AppendLabel(*task.parent);
    last_words << ".";
  }
  last_words << uint64_t{task.ordinal};
}

void AppendOperation(const TaskState& task) {
  last_words << ToString(Operation::FromWord(task.word).kind);
  if (const ObjectState* object = task.object) {
    last_words << " " << ToString(object->kind) << " ";
    if (object->name != nullptr) {
      last_words << "\"" << object->name << "\"";
    } else {
      last_words << "#" << uint64_t{object->ordinal};
    }
  }
  if (task.where.line != 0) last_words << " at " << task.where;
}

}  // namespace

void AppendName(const TaskState& task) {
  AppendLabel(task);
  if (task.name != nullptr) last_words << " " << task.name;
}

void AppendPlace() {
  last_words << "(";
  if (exploration != nullptr) {
    const LastWords& words = exploration->words();
    if (!words.scenario.empty()) last_words << words.scenario << ", ";
    if (!words.has_seeds) {
      last_words << "schedule " << uint64_t{exploration->index()} + 1 << ", ";
    } else if (words.planned == 0) {
      last_words << "replay, ";
    } else if (exploration->index() < words.first) {
      last_words << "schedule " << uint64_t{exploration->index()} + 1 << ", from which schedule "
                 << uint64_t{words.first} + 1 << " learns, ";
    } else {
      last_words << "schedule " << uint64_t{exploration->index() - words.first} + 1 << " of "
                 << words.planned << ", ";
    }
  }
  last_words << "step " << StepsTaken() << ")";
}

void AppendFound() {
  if (exploration == nullptr || exploration->found() == nullptr) return;
  last_words << "\n  this schedule had failed (" << exploration->found()
             << ") and was run again to explain it\n";
}

void AppendTask(const TaskState* task) {
  if (task == nullptr) {
    last_words
        << "\n  no task runs: this is code around them (a fixture's destructor, the destructor "
           "of a value in a channel)\n";
    return;
  }
  last_words << "\n  its last step: ";
  AppendOperation(*task);
  if (task->parent != nullptr) last_words << "\n  spawned at " << task->spawned_at;
  last_words << "\n";
}

void AppendReplay() {
  if (exploration == nullptr) return;
  const LastWords& words = exploration->words();
  last_words << "\n  reproduce (same binary):\n    " << words.replay;
  if (words.planned != 0 && words.has_seeds)
    last_words << uint64_t{exploration->index()} << words.replay_rest;
  last_words << "\n";
}

}  // namespace heddle::internal
