// SPDX-License-Identifier: Apache-2.0
//
// istio#16224: a test's event handler reported under a lock that the test takes before it listens.
//
// The monitor runs the handler for an event; the handler locks and sends 'done' under the lock. The
// test, having handed the event over, locks and unlocks and then receives 'done'. If the handler
// locks first, it waits for the test to receive and the test for the lock. (In the original the
// monitor, told to stop, once more receives from the channel of events, which nobody feeds or
// closes: a leak where the deadlock is missed. Here it just returns.)
// Fixed: the handler unlocks before it sends.
#include <functional>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Istio16224 {
  Mutex mu{"mu"};
  Channel<int> events{0, "events"};
  Channel<int> done{0, "done"};
  Channel<int> stop{0, "stop"};
  std::function<void()> handler;

  void Handle(Version version) {
    mu.lock();
    if (version == Version::kFixed) mu.unlock();
    done.Send(1);
    if (version == Version::kBuggy) mu.unlock();
  }

  void Monitor() {
    for (bool stopped = false; !stopped;) {
      Select(OnReceive(stop, [&] { stopped = true; }), OnReceive(events, [&] { handler(); }));
    }
  }
};

const Subject kIstio16224 = {{
    .name = "istio_16224",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto test = std::make_shared<Istio16224>();
          test->handler = [state = test.get(), version] { state->Handle(version); };
          Go("monitor", [test] { test->Monitor(); });
          test->events.Send(1);
          test->mu.lock();
          test->mu.unlock();
          (void)test->done.Receive();
          test->stop.Close();
        },
    .explains = {"T0 -> needs mutex \"mu\" -> held by T1",
                 "T1 -> needs a receive on channel \"done\"",
                 "let T1 unlock mutex \"mu\" before istio_16224.cc:32"},
}};

}  // namespace
}  // namespace catalogue
