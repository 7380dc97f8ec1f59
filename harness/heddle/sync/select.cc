// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/select.h"

#include <vector>

namespace heddle {
namespace internal {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

// Prepares `cases` for all shapes but the Default. False: the operation is to do nothing.
bool MakeCases(std::span<const CaseShape> shapes, Case* cases, Location where, uint32_t* count,
               size_t* default_at) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    const CaseShape& shape = shapes[i];
    if (shape.is_default) {
      if (*default_at != kNone) {
        Misuse(OperationKind::kTrySelect, nullptr, where, Throws::kYes,
               "a select has more than one Default", "give it one Default at most");
        return false;
      }
      *default_at = i;
      continue;
    }
    Case& c = cases[(*count)++];
    if (!shape.channel->Find(OperationKind::kSelect, where, &c.channel)) return false;
    c.ops = shape.ops;
    c.place = shape.place;
    c.sends = shape.sends;
  }
  return true;
}

}  // namespace

size_t SelectAmong(std::span<const CaseShape> shapes, Case* cases, Location where,
                   const VirtualClock::time_point* deadline) {
  uint32_t count = 0;
  size_t default_at = kNone;
  Selection selection;
  {
    Hidden hidden;
    if (x.serial < kFirstSerial) {
      RefuseOutside(OperationKind::kSelect, where, Throws::kYes);
      return heddle::kNoCase;
    }
    if (!MakeCases(shapes, cases, where, &count, &default_at)) return heddle::kNoCase;
    selection.Add(cases, count);
  }
  const bool tries = default_at != kNone || (deadline != nullptr && *deadline <= Now());
  const Mode mode = tries ? Mode::kTry : deadline != nullptr ? Mode::kUntil : Mode::kWait;
  const uint32_t chosen =
      RunSelection(selection, tries ? OperationKind::kTrySelect : OperationKind::kSelect, nullptr,
                   where, mode, deadline != nullptr ? deadline->time_since_epoch().count() : 0);
  if (chosen == kNothing) return heddle::kNoCase;
  if (chosen == internal::kNoCase) return default_at;  // or none
  return chosen < default_at ? chosen : chosen + size_t{1};
}

}  // namespace internal

namespace {

size_t SelectList(std::span<SelectCase> cases, Location where,
                  const VirtualClock::time_point* deadline) {
  std::vector<internal::CaseShape> shapes;
  for (SelectCase& c : cases) shapes.push_back(c.Shape());
  std::vector<internal::Case> places(cases.size());
  const size_t chosen = internal::SelectAmong(shapes, places.data(), where, deadline);
  if (chosen < cases.size()) cases[chosen].Run();
  return chosen;
}

}  // namespace

size_t Select(std::span<SelectCase> cases, Location where) {
  return SelectList(cases, where, nullptr);
}

size_t SelectUntil(VirtualClock::time_point deadline, std::span<SelectCase> cases, Location where) {
  return SelectList(cases, where, &deadline);
}

size_t SelectFor(std::chrono::nanoseconds timeout, std::span<SelectCase> cases, Location where) {
  return SelectUntil(internal::TimeIn(timeout), cases, where);
}

}  // namespace heddle
