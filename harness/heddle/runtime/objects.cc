// SPDX-License-Identifier: Apache-2.0
//
// The objects of an execution: identity, names, labels, and who is pending at them.
#include <cstring>
#include <string>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {

void PendHigh(TaskSet& set, TaskState* task, bool open) {
  if (set.high == nullptr) set.high = x.arena.New<TaskSetOverflow>();
  set.high->Insert(task->slot);
  if (!open) Runnable().EraseHigh(task->slot);
}

void UnpendHigh(TaskSet& set, TaskState* task) { set.high->Erase(task->slot); }

const char* CopyName(std::string_view name) {
  if (name.empty()) return nullptr;
  char* copy = static_cast<char*>(x.arena.Allocate(name.size() + 1, 1));
  std::memcpy(copy, name.data(), name.size());
  copy[name.size()] = '\0';
  return copy;
}

void Register(ObjectState* object, const char* name, Location created_at, bool outside) {
  if (outside) {
    object->ordinal = ++x.outside_objects;
    object->id = ObjectId::Outside(object->ordinal);
  } else {
    object->creator = x.current;
    object->ordinal = ++x.current->created;
    object->id = ObjectId::Created(x.current->id, object->ordinal);
  }
  object->name = CopyName(name != nullptr ? name : "");
  object->created_at = created_at;
  object->next = x.objects;
  x.objects = object;
}

std::string ShorthandOf(const ObjectState& object) {
  if (object.name != nullptr) return object.name;
  const std::string number = "#" + std::to_string(object.ordinal);
  if (object.creator == nullptr) return "outside" + number;
  return object.creator->parent == nullptr ? number : object.creator->Label() + number;
}

std::string LabelOf(const ObjectState& object) {
  const std::string kind(ToString(object.kind));
  if (object.name == nullptr) return kind + " " + ShorthandOf(object);
  return kind + " \"" + object.name + "\"";
}

}  // namespace heddle::internal
