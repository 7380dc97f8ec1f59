// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/select.h"

#include <vector>

#include "heddle/sync/internal/deadline.h"

namespace heddle {
namespace internal {

void CaseList::AddDefault() {
  if (refused_) return;
  if (default_at_ == kNone) {
    default_at_ = count_;
    return;
  }
  Hidden hidden;
  refused_ = true;
  Misuse(OperationKind::kTrySelect, nullptr, where_, Throws::kYes,
         "a select has more than one Default", "give it one Default at most");
}

size_t SelectAmong(CaseList& list, const VirtualClock::time_point* deadline) {
  Selection selection;
  {
    Hidden hidden;
    if (x.serial < kFirstSerial) {
      RefuseOutside(OperationKind::kSelect, list.where_, Throws::kYes);
      return heddle::kNoCase;
    }
    if (list.refused_) return heddle::kNoCase;
    selection.Add(list.places_, list.count_);
  }
  const bool has_default = list.default_at_ != CaseList::kNone;
  const bool tries = has_default || (deadline != nullptr && IsPast(DeadlineOf(*deadline)));
  const Mode mode = tries ? Mode::kTry : deadline != nullptr ? Mode::kUntil : Mode::kWait;
  const uint32_t chosen = RunSelection(
      selection, tries ? OperationKind::kTrySelect : OperationKind::kSelect, nullptr, list.where_,
      mode, deadline != nullptr ? deadline->time_since_epoch().count() : 0);
  if (chosen == kNothing) return heddle::kNoCase;
  if (chosen == internal::kNoCase) return has_default ? list.default_at_ : heddle::kNoCase;
  return chosen < list.default_at_ ? chosen : chosen + size_t{1};
}

}  // namespace internal

namespace {

size_t SelectList(std::span<SelectCase> cases, Location where,
                  const VirtualClock::time_point* deadline) {
  std::vector<internal::Case> places(cases.size());
  internal::CaseList list(places.data(), where);
  for (SelectCase& c : cases) c.AddTo(list);
  const size_t chosen = internal::SelectAmong(list, deadline);
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
