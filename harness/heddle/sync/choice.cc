// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/choice.h"

#include <exception>
#include <string>

#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/history.h"
#include "heddle/runtime/internal/limits.h"

namespace heddle {
namespace {

using namespace internal;

constexpr uint32_t kMostAlternatives = 65'536;

// One decision, folded into the trace hash: a replay that draws something else differs.
uint32_t Decide(uint32_t count, internal::TaskState* me) {
  if (count == 1) return 0;
  ReserveDecision();
  const uint32_t choice = ChooseIndex(count, me);
  const Operation drawn{OperationKind::kChoose, me->id, ObjectId{choice}};
  x.hash = ExtendTraceHash(x.hash, drawn.Word());
  return choice;
}

// `digits` decisions, the most significant first.
uint64_t DecideDigits(int digits, internal::TaskState* me) {
  uint64_t value = 0;
  for (; digits > 0; --digits) value = value << 16 | Decide(kMostAlternatives, me);
  return value;
}

// The high word of the product.
uint64_t Scale(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(static_cast<Wide>(a) * b >> 64);
}

// Below `count`; 0 stands for 2^64. More digits than the count has make all values about equally likely, and the
// smallest decisions give the smallest value.
uint64_t DecideValue(uint64_t count, internal::TaskState* me) {
  if (count != 0 && count <= kMostAlternatives) return Decide(static_cast<uint32_t>(count), me);
  if (count != 0 && count >> 32 == 0) return Scale(DecideDigits(3, me) << 16, count);
  const uint64_t drawn = DecideDigits(4, me);
  return count != 0 ? Scale(drawn, count) : drawn;
}

// The task that draws; null: nothing is to be drawn.
internal::TaskState* Drawer(Location where) {
  if (x.serial >= kFirstSerial) return Announce(OperationKind::kChoose, nullptr, where);
  RefuseOutside(OperationKind::kChoose, where, Throws::kYes);
  return nullptr;
}

void RefuseChoice(Location where, std::string message, std::string remedy) {
  Misuse(OperationKind::kChoose, nullptr, where, Throws::kYes, std::move(message),
         std::move(remedy));
}

uint64_t Draw(uint64_t n, Location where) {
  Hidden hidden;
  internal::TaskState* me = Drawer(where);
  if (me == nullptr) return 0;
  if (n == 0) {
    RefuseChoice(where, "a choice among no alternatives", "give Choose at least one alternative");
    return 0;
  }
  const uint64_t value = DecideValue(n, me);
  if (x.history != nullptr && n > 1) {
    x.history->Chose(*me, "choose " + std::to_string(value) + " of " + std::to_string(n));
  }
  return value;
}

int64_t Offset(int64_t lo, uint64_t by) {
  return static_cast<int64_t>(static_cast<uint64_t>(lo) + by);
}

}  // namespace

namespace internal {

uint64_t ChooseElement(uint64_t n, Location where) {
  const uint64_t index = Draw(n, where);
  // A destructor, which cannot throw, in a task that is unwound: its stack is dropped.
  if (n == 0) std::terminate();
  return index;
}

}  // namespace internal

uint32_t Choose(uint32_t n, Location where) { return static_cast<uint32_t>(Draw(n, where)); }

bool Flip(Location where) {
  Hidden hidden;
  internal::TaskState* me = Drawer(where);
  if (me == nullptr) return false;
  const bool value = Decide(2, me) == 1;
  if (x.history != nullptr) x.history->Chose(*me, value ? "flip true" : "flip false");
  return value;
}

int64_t ChooseInt(int64_t lo, int64_t hi, Location where) {
  Hidden hidden;
  internal::TaskState* me = Drawer(where);
  if (me == nullptr) return lo;
  const std::string from = x.history != nullptr || lo > hi
                               ? " from " + std::to_string(lo) + " to " + std::to_string(hi)
                               : std::string();
  if (lo > hi) {
    RefuseChoice(where, "a choice" + from, "give ChooseInt the smaller bound first");
    return lo;
  }
  const uint64_t count = static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1;
  const int64_t value = Offset(lo, DecideValue(count, me));
  if (x.history != nullptr && count != 1) {
    x.history->Chose(*me, "choose " + std::to_string(value) + from);
  }
  return value;
}

DataStream::DataStream(Location where) : random_(Draw(kMostAlternatives, where)) {}

int64_t DataStream::Int(int64_t lo, int64_t hi) {
  const uint64_t high = Next();
  const uint64_t drawn = high << 32 | Next();
  const uint64_t count = static_cast<uint64_t>(hi) - static_cast<uint64_t>(lo) + 1;
  return Offset(lo, count != 0 ? Scale(drawn, count) : drawn);
}

}  // namespace heddle
