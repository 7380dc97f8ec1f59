// SPDX-License-Identifier: Apache-2.0
//
// Small programs of tasks that start tasks, and that fail (support/small_programs.h).
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "heddle/core/snapshot.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/context.h"
#include "heddle/sync/err_group.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/task.h"
#include "support/commute.h"
#include "support/small_parts.h"

namespace heddle::testing_support {

// Tasks that start tasks, which start others; some of them are daemons and some outlive the body. And values drawn.
void SmallSpawns(CommuteRun& run) {
  const auto value = std::make_shared<Atomic<int>>(0);
  RunSmall(run, 1, [&](CommuteTask& me) {
    if (me.Draw(2) == 0) {
      const int drawn = static_cast<int>(Choose(2));
      const uint32_t kind = me.Draw(4);
      Task child = Go({.daemon = me.Draw(3) == 0}, [value, drawn, kind] {
        if (kind == 0) Go([value] { value->fetch_add(4); });
        if (kind == 1) value->wait(0);
        if (kind != 0 || drawn != 0) value->fetch_add(1 + drawn);
      });
      if (me.Draw(3) == 0) Yield();
      if (me.Draw(2) == 0) child.Join();
    }
    if (me.Draw(2) == 0) me.Note(value->load());
  });
}

namespace {

// As an EXPECT that fails: the task goes on to its next step.
void FailAnAssertion() {
  internal::RequestStop({.verdict = Verdict::kAssertion, .slot = internal::x.current->slot});
}

}  // namespace

// What a task sees may make it fail.
void SmallFailures(CommuteRun& run) {
  Atomic<int> value = 0;
  Mutex mu;
  const bool throws = run.body().Draw(2) == 0;
  RunSmall(run, 3, [&](CommuteTask& me) {
    switch (me.Draw(6)) {
      case 0:
      case 1: me.Note(value.fetch_add(1)); break;
      case 2: value.store(3); break;
      case 3:
        if (value.load() != 2) break;
        if (throws) throw 2;
        FailAnAssertion();
        break;
      default: {
        MutexLock lock(mu);
        const int seen = value.load();
        if (seen == 1 && throws) throw seen;
        if (seen == 3) FailAnAssertion();
        me.Note(seen);
      }
    }
  });
}

namespace {

std::error_code SmallPart(CommuteTask& me, const ErrGroup<>& group, Atomic<int>& value) {
  const int steps = 1 + static_cast<int>(me.Draw(2));
  for (int n = 0; n < steps; ++n) {
    switch (me.Draw(7)) {
      case 0: return std::make_error_code(std::errc(1 + me.me));
      case 1: me.Note(static_cast<int64_t>(group.context().Err())); break;
      case 2:
        if (!group.context().Done().IsNil()) me.Note(group.context().Done().TryReceive().closed);
        break;
      case 3:
        if (value.load() == 1) throw 1;
        break;
      case 4:
        return value.load() == 0 ? std::make_error_code(std::errc(4 + me.me)) : std::error_code();
      default: me.Note(value.fetch_add(1));
    }
  }
  return {};
}

}  // namespace

// An exception that a part throws leaves the body, too, if it does not catch it.
void SmallErrGroups(CommuteRun& run) {
  CommuteTask& body = run.body();
  Atomic<int> value = 0;
  std::optional<ErrGroup<>> made;
  body.Draw(3) == 0 ? made.emplace() : made.emplace(Background());
  ErrGroup<>& group = *made;
  if (body.Draw(3) == 0) group.SetLimit(1 + static_cast<int>(body.Draw(2)));
  const int parts = 2 + static_cast<int>(body.Draw(2));
  for (int i = 0; i < parts; ++i) {
    auto part = [&, me = run.TaskOf(i)]() mutable { return SmallPart(me, group, value); };
    if (body.Draw(4) == 0) {
      body.Note(group.TryGo(std::move(part)));
    } else {
      group.Go(std::move(part));
    }
  }
  const bool catches = body.Draw(2) == 0;
  try {
    body.Note(group.Wait().value());
  } catch (int thrown) {
    if (!catches) throw;
    body.Note(100 + thrown);
  }
  body.Note(static_cast<int64_t>(group.context().Err()));
}

}  // namespace heddle::testing_support
