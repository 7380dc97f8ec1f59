// SPDX-License-Identifier: Apache-2.0
//
// Select: waits for one of several sends and receives, as Go's select statement.
//
//   Select         | some cases are ready             | none is ready
//   with a Default | commits to one of them           | the Default
//   without one    | commits to one of them           | blocks (parks, if a case is on a channel where tasks
//                  |                                  | park: sync/channel.h); with no case that is not nil: for good
//
//   a case of a channel that is | closed                     | nil         | otherwise ready
//   OnReceive                   | ready: receives nullopt    | never ready | if Receive could go on at once
//   OnSend                      | ready: committing to it is | never ready | if Send could go on at once
//                               | misuse                     |             |
//
// Which of several ready cases is taken is the strategy's choice, and so is which partner of several.
// Commits and waits as one step each; the handler of the case then runs as the caller's own code. Every
// value to be sent is made before, whether it is sent or not; one that is not sent stays in its case.
//
// A select that waits is a partner for others at its unbuffered channels while no other case of it is
// ready. It never meets itself.
//
// Happens-before: that of the send or receive it commits to; the Default orders nothing. Cost: O(cases),
// and no allocation in the form with the cases as arguments.
//
//   heddle::Select(
//       heddle::OnReceive(orders, [&](std::optional<Order> order) { ... }),  // nullopt: closed
//       heddle::OnSend(results, result, [&] { ... }),
//       heddle::OnReceive(context.Done(), [&] { stop = true; }),
//       heddle::Default([&] { ... }));
//
//   std::vector<heddle::SelectCase> cases;                     // as many as there are at run time
//   for (auto& source : sources) cases.push_back(heddle::OnReceive(source, handle));
//   const size_t chosen = heddle::Select(cases);
#ifndef HEDDLE_SYNC_SELECT_H_
#define HEDDLE_SYNC_SELECT_H_

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "heddle/core/location.h"
#include "heddle/sync/channel.h"

namespace heddle {

// Instead of the index of a case: the deadline came first.
inline constexpr size_t kNoCase = static_cast<size_t>(-1);

struct NoHandler {
  void operator()() const {}
};

namespace internal {

// The part of a case that the machine sees.
struct CaseShape {
  const ChannelHandle* channel = nullptr;
  const ValueOps* ops = nullptr;
  void* place = nullptr;
  bool sends = false;
  bool is_default = false;
  Location where;
};

template <class T, class F>
class ReceiveCase {
 public:
  ReceiveCase(Receiver<T> channel, F handler, Location where)
      : channel_(std::move(channel)), handler_(std::move(handler)), where_(where) {}

  CaseShape Shape() {
    return {.channel = &ChannelAccess::Handle(channel_),
            .ops = &kValueOps<T>,
            .place = &value_,
            .where = where_};
  }
  void Run() {
    static_assert(!std::is_invocable_v<F&, T> || std::is_invocable_v<F&, std::optional<T>>,
                  "the handler of OnReceive takes a std::optional<T> (nullopt: closed) or nothing");
    if constexpr (std::is_invocable_v<F&, std::optional<T>>) {
      handler_(std::exchange(value_, std::nullopt));
    } else {
      value_.reset();
      handler_();
    }
  }

 private:
  Receiver<T> channel_;
  F handler_;
  Location where_;
  std::optional<T> value_;
};

template <class T, class F>
class SendCase {
 public:
  template <class U>
  SendCase(Sender<T> channel, U&& value, F handler, Location where)
      : channel_(std::move(channel)),
        value_(std::forward<U>(value)),
        handler_(std::move(handler)),
        where_(where) {}

  CaseShape Shape() {
    return {.channel = &ChannelAccess::Handle(channel_),
            .ops = &kValueOps<T>,
            .place = &value_,
            .sends = true,
            .where = where_};
  }
  void Run() { handler_(); }

 private:
  Sender<T> channel_;
  T value_;
  F handler_;
  Location where_;
};

template <class F>
class DefaultCase {
 public:
  DefaultCase(F handler, Location where) : handler_(std::move(handler)), where_(where) {}

  CaseShape Shape() { return {.is_default = true, .where = where_}; }
  void Run() { handler_(); }

 private:
  F handler_;
  Location where_;
};

template <class C>
concept AnyCase = requires(C& c) {
  { c.Shape() } -> std::same_as<CaseShape>;
  c.Run();
};

// The index of the case to run among `shapes`; kNoCase if the deadline came first or the operation is to
// do nothing. `cases` has room for as many.
size_t SelectAmong(std::span<const CaseShape> shapes, Case* cases, Location where,
                   const VirtualClock::time_point* deadline);

}  // namespace internal

// A case whose handler takes a std::optional<T>, or nothing. `where`: a Select stands, in reports, where
// its first case does.
template <class T, class F = NoHandler>
internal::ReceiveCase<T, F> OnReceive(Receiver<T> channel, F handler = {},
                                      Location where = Location::Here()) {
  return {std::move(channel), std::move(handler), where};
}
template <class T, class F = NoHandler>
internal::ReceiveCase<T, F> OnReceive(const Channel<T>& channel, F handler = {},
                                      Location where = Location::Here()) {
  return {Receiver<T>(channel), std::move(handler), where};
}

template <class T, class U = T, class F = NoHandler>
internal::SendCase<T, F> OnSend(Sender<T> channel, U&& value, F handler = {},
                                Location where = Location::Here()) {
  return {std::move(channel), std::forward<U>(value), std::move(handler), where};
}
template <class T, class U = T, class F = NoHandler>
internal::SendCase<T, F> OnSend(const Channel<T>& channel, U&& value, F handler = {},
                                Location where = Location::Here()) {
  return {Sender<T>(channel), std::forward<U>(value), std::move(handler), where};
}

template <class F = NoHandler>
internal::DefaultCase<F> Default(F handler = {}, Location where = Location::Here()) {
  return {std::move(handler), where};
}

// The index, in the list of arguments, of the case that was taken.
template <internal::AnyCase... C>
requires(sizeof...(C) > 0) size_t Select(C... cases);

// Any case, for lists whose length is known at run time. At most one of a list is a Default; more are
// misuse.
class SelectCase {
 public:
  template <internal::AnyCase C>
  requires(!std::same_as<C, SelectCase>) SelectCase(C c)
      : case_(std::make_unique<Held<C>>(std::move(c))) {}  // NOLINT: as in a list of cases

  internal::CaseShape Shape() { return case_->Shape(); }
  void Run() { case_->Run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual internal::CaseShape Shape() = 0;
    virtual void Run() = 0;
  };
  template <class C>
  struct Held final : Base {
    explicit Held(C c) : held(std::move(c)) {}
    internal::CaseShape Shape() override { return held.Shape(); }
    void Run() override { held.Run(); }
    C held;
  };

  std::unique_ptr<Base> case_;
};

// The index, in the list, of the case that was taken.
size_t Select(std::span<SelectCase> cases, Location where = Location::Here());
// The same; kNoCase, and no handler runs, if the deadline comes before a case is ready. Without a Default.
size_t SelectUntil(VirtualClock::time_point deadline, std::span<SelectCase> cases,
                   Location where = Location::Here());
size_t SelectFor(std::chrono::nanoseconds timeout, std::span<SelectCase> cases,
                 Location where = Location::Here());

// -- Implementation
// ---------------------------------------------------------------------------------

namespace internal {

template <size_t... I, class... C>
size_t SelectOf(std::index_sequence<I...>, C&... all) {
  const CaseShape shapes[] = {all.Shape()...};
  static_assert(sizeof...(C) == std::size(shapes));
  Case cases[sizeof...(C)];
  const size_t chosen = SelectAmong(shapes, cases, shapes[0].where, nullptr);
  (void)((chosen == I ? (all.Run(), true) : false) || ...);
  return chosen;
}

template <class C>
inline constexpr bool kIsDefault = false;
template <class F>
inline constexpr bool kIsDefault<DefaultCase<F>> = true;

}  // namespace internal

template <internal::AnyCase... C>
requires(sizeof...(C) > 0) size_t Select(C... cases) {
  static_assert((... + int{internal::kIsDefault<C>}) <= 1, "a Select has one Default at most");
  return internal::SelectOf(std::index_sequence_for<C...>(), cases...);
}

}  // namespace heddle

#endif  // HEDDLE_SYNC_SELECT_H_
