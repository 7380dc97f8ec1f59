// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#89164: the buffer of a dispatcher was reset under the lock and walked without it.
//
// A dispatcher and, one after the other, three tasks with events all dispatch: they truncate the
// same buffer under its lock and then walk over it, without. The walk of one and the truncation of
// another are not ordered. Nobody waits for the dispatcher.
// Fixed: the dispatcher alone dispatches; the others hand it their events through a channel.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Kubernetes89164 {
  SharedMutex lock{"lock"};
  Variable<std::vector<int>> buffer{{}, "buffer"};
  Channel<int> events{0, "events"};

  void Dispatch() {
    lock.lock();
    buffer.Set({});
    lock.unlock();
    auto&& buffered = buffer.Read();
    for (int event : *buffered) EXPECT_GT(event, 0);
  }

  void DispatchAll(Version version) {
    if (version == Version::kBuggy) return Dispatch();
    while (events.Receive()) Dispatch();
  }

  void Handle(int event, Version version) {
    if (version == Version::kBuggy) return Dispatch();
    events.Send(event);
  }

  static void Run(Version version) {
    auto cacher = std::make_shared<Kubernetes89164>();
    Go("dispatcher", [cacher, version] { cacher->DispatchAll(version); });
    for (int event = 1; event <= 3; ++event) {
      WaitGroup handled("handled");
      handled.Go("event", [&] { cacher->Handle(event, version); });
      handled.Wait();
    }
    cacher->events.Close();
  }
};

const Subject kKubernetes89164 = {{
    .name = "kubernetes_89164",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes89164<Shared>::Run,
    .plain = Kubernetes89164<Plain>::Run,
    .explains = {"two accesses to variable \"buffer\" are not ordered",
                 "write of variable \"buffer\" by T", "at kubernetes_89164.cc:31",
                 "at kubernetes_89164.cc:33"},
}};

}  // namespace
}  // namespace catalogue
