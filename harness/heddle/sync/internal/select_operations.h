// SPDX-License-Identifier: Apache-2.0
//
// Select with its cases as arguments. Where all of them are on direct channels (channel_state.h) it is
// inlined into the user's function like a Receive; else, and while history is recorded, the machine of
// selection.h does it.
#ifndef HEDDLE_SYNC_INTERNAL_SELECT_OPERATIONS_H_
#define HEDDLE_SYNC_INTERNAL_SELECT_OPERATIONS_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "heddle/sync/select.h"

namespace heddle {
namespace internal {

template <class C>
inline constexpr bool kIsDefault = false;
template <class F>
inline constexpr bool kIsDefault<DefaultCase<F>> = true;

template <class First, class... Others>
const Location& PlaceOf(const First& first, const Others&...) {
  return first.where();
}

template <size_t... I, class... C>
[[gnu::noinline]] size_t SelectBySelection(const Location& where, std::index_sequence<I...>,
                                           C&... all) {
  Case cases[sizeof...(C)];
  CaseList list(cases, where);
  (all.AddTo(list), ...);
  const size_t chosen = SelectAmong(list, nullptr);
  (void)((chosen == I && (all.Run(), true)) || ...);
  return chosen;
}

// The cases that are ready by themselves, in order.
template <class... C>
struct ReadyCases {
  template <size_t... I>
  HEDDLE_ALWAYS_INLINE void Find(ChannelState* const* channels, std::index_sequence<I...>) {
    count = 0;
    // No branch: the processor could not foresee it.
    ((indices[count] = I, count += C::IsReady(*channels[I])), ...);
  }

  uint32_t indices[sizeof...(C)];
  uint32_t count;
};

template <size_t... I, class... C>
HEDDLE_USER_OPERATION size_t SelectDirectly(const Location& where,
                                            std::index_sequence<I...> sequence, C&... all) {
  TaskState* me = nullptr;
  ChannelState* channels[sizeof...(C)];
  uint32_t chosen = 0;
  bool direct;
  {
    Hidden hidden;
    direct = x.history == nullptr && (((channels[I] = all.GetDirect()) != nullptr) && ...);
    if (direct) [[likely]] {
      ReadyCases<C...> ready;
      ready.Find(channels, sequence);
      me = Announce(OperationKind::kSelect, nullptr, where);
      if (ready.count == 0) MakeBlocked(me);
      TaskState* next = Decide();
      if (next != me) {
        Case cases[sizeof...(C)];
        ((cases[I].channel = channels[I], cases[I].sends = C::kSends), ...);
        Selection selection;
        selection.task = me;
        selection.ready = ready.count != 0;
        selection.Add(cases, sizeof...(C));
        me->cases = &selection;
        me->leave_from = &selection;
        (Pend(channels[I]->watchers, me, /*open=*/true), ...);
        SwitchTo(me, next);
        if (x.serial == kUnwinding) [[unlikely]] {
          Abandon(Throws::kYes);
          return heddle::kNoCase;
        }
        (Unpend(channels[I]->watchers, me), ...);
        ready.Find(channels, sequence);
      }
      chosen = ready.indices[ChooseIndex(ready.count, me)];
    }
  }
  if (!direct) return SelectBySelection(where, sequence, all...);
  bool done = false;
  using First = std::tuple_element_t<0, std::tuple<C...>>;
  if constexpr ((std::same_as<C, First> && ...)) {
    First* const cases[] = {&all...};  // no branch, which the processor could not foresee
    done = cases[chosen]->CommitAndRun(channels[chosen], where, me);
  } else {
    (void)((chosen == I && (done = all.CommitAndRun(channels[I], where, me), true)) || ...);
  }
  return done ? chosen : heddle::kNoCase;
}

}  // namespace internal

template <internal::AnyCase... C>
requires(sizeof...(C) > 0) size_t Select(C... cases) {
  using namespace internal;
  static_assert((... + int{kIsDefault<C>}) <= 1, "a Select has one Default at most");
  constexpr auto kAll = std::index_sequence_for<C...>();
  const Location& where = PlaceOf(cases...);
  if constexpr ((DirectCase<C> && ...)) {
    return SelectDirectly(where, kAll, cases...);
  } else {
    return SelectBySelection(where, kAll, cases...);
  }
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_INTERNAL_SELECT_OPERATIONS_H_
