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
// and no allocation in the form with the cases as arguments; that one is fastest on plain buffered channels.
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

// The cases of one select as the machine sees them. A select stands, in reports, where its first case does.
class CaseList {
 public:
  // `places` has room for every case.
  CaseList(Case* places, Location where) : places_(places), where_(where) {}

  void Add(const ChannelHandle& channel, const ValueOps& ops, void* place, bool sends) {
    Hidden hidden;
    Case& c = places_[count_++];
    c.ops = &ops;
    c.place = place;
    c.sends = sends;
    if (!refused_) refused_ = !channel.Find(OperationKind::kSelect, where_, &c.channel);
  }
  void AddDefault();

 private:
  friend size_t SelectAmong(CaseList& list, const VirtualClock::time_point* deadline);

  static constexpr uint32_t kNone = 0xffff'ffff;

  Case* const places_;
  const Location where_;
  uint32_t count_ = 0;  // without the Default
  uint32_t default_at_ = kNone;
  bool refused_ = false;  // the operation is to do nothing
};

template <class T, class F>
class ReceiveCase {
 public:
  ReceiveCase(Receiver<T> channel, F handler, Location where)
      : channel_(std::move(channel)), handler_(std::move(handler)), where_(where) {}

  const Location& where() const { return where_; }
  void AddTo(CaseList& list) {
    list.Add(ChannelAccess::Handle(channel_), kValueOps<T>, &value_, /*sends=*/false);
  }
  ChannelState* GetDirect() const { return ChannelAccess::Handle(channel_).GetDirect(); }
  static constexpr bool kSends = false;
  static bool IsReady(const ChannelState& c) { return c.length > 0 || c.closed; }
  HEDDLE_ALWAYS_INLINE bool CommitAndRun(ChannelState* c, const Location&, TaskState* me) {
    if constexpr (kTakesValue && std::is_trivially_copyable_v<T>) {
      std::optional<T> got;  // which need not pass through memory
      ChannelAccess::Take(c, me, &got);
      handler_(std::move(got));
    } else {
      ChannelAccess::Take(c, me, &value_);
      Run();
    }
    return true;
  }
  void Run() {
    if constexpr (kTakesValue) {
      handler_(std::exchange(value_, std::nullopt));
    } else {
      value_.reset();
      handler_();
    }
  }

 private:
  static constexpr bool kTakesValue = std::is_invocable_v<F&, std::optional<T>>;
  static_assert(!std::is_invocable_v<F&, T> || kTakesValue,
                "the handler of OnReceive takes a std::optional<T> (nullopt: closed) or nothing");

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

  const Location& where() const { return where_; }
  void AddTo(CaseList& list) {
    list.Add(ChannelAccess::Handle(channel_), kValueOps<T>, &value_, /*sends=*/true);
  }
  ChannelState* GetDirect() const { return ChannelAccess::Handle(channel_).GetDirect(); }
  static constexpr bool kSends = true;
  static bool IsReady(const ChannelState& c) { return c.length < c.capacity || c.closed; }
  HEDDLE_ALWAYS_INLINE bool CommitAndRun(ChannelState* c, const Location& where, TaskState* me) {
    if (!ChannelAccess::Put(c, value_, where, me)) return false;
    Run();
    return true;
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

  const Location& where() const { return where_; }
  void AddTo(CaseList& list) { list.AddDefault(); }
  void Run() { handler_(); }

 private:
  F handler_;
  Location where_;
};

template <class C>
concept AnyCase = requires(C& c, CaseList& list) {
  { c.where() } -> std::same_as<const Location&>;
  c.AddTo(list);
  c.Run();
};

// A case as one of the arguments of a Select, not a Default.
template <class C>
concept DirectCase = requires(C& c, ChannelState& channel, TaskState* me) {
  c.CommitAndRun(c.GetDirect(), c.where(), me);
  C::IsReady(channel);
};

// The index of the case to run; kNoCase if the deadline came first or the operation is to do nothing.
size_t SelectAmong(CaseList& list, const VirtualClock::time_point* deadline);

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

  const Location& where() const { return case_->where(); }
  void AddTo(internal::CaseList& list) { case_->AddTo(list); }
  void Run() { case_->Run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual const Location& where() const = 0;
    virtual void AddTo(internal::CaseList& list) = 0;
    virtual void Run() = 0;
  };
  template <class C>
  struct Held final : Base {
    explicit Held(C c) : held(std::move(c)) {}
    const Location& where() const override { return held.where(); }
    void AddTo(internal::CaseList& list) override { held.AddTo(list); }
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

}  // namespace heddle

#include "heddle/sync/internal/select_operations.h"

#endif  // HEDDLE_SYNC_SELECT_H_
