// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#70277: a helper that waits for a condition never told its poller to stop.
//
// The helper starts a poller that sends a tick every millisecond, and asks for the condition at
// each. It gives the poller the channel by which its own caller may stop it. Once the condition
// holds, the helper returns and leaves that channel alone. The caller, who expects the poller to
// have been told, waits for a channel that only the caller closes.
// Scaled: the poller gives up after 20 ms, not 20 s.
// Fixed: the helper gives the poller a channel of its own and closes it when it returns.
#include <chrono>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

void Kubernetes70277Poll(const Channel<Done>& ticks, const Receiver<Done>& done) {
  Ticker ticker(1ms, "interval");
  Timer timeout(20ms, "timeout");
  bool polling = true;
  const auto stop = [&] { polling = false; };
  while (polling) {
    Select(OnReceive(ticker.C(), [&] { Select(OnSend(ticks, Done{}), Default()); }),
           OnReceive(timeout.C(), stop), OnReceive(done, stop));
  }
  ticker.Stop();
  ticks.Close();
}

struct Kubernetes70277 {
  Channel<Done> stop{0, "stop"};
  Receiver<Done> poller_done;  // what the poller was given

  Receiver<Done> StartPoller(const Receiver<Done>& done) {
    poller_done = done;
    Channel<Done> ticks(0, "ticks");
    Go("poller", [=] { Kubernetes70277Poll(ticks, done); });
    return ticks;
  }

  void WaitFor(bool (*condition)(), Version version) {
    const Channel<Done> done = version == Version::kFixed ? Channel<Done>(0, "done") : stop;
    const Receiver<Done> ticks = StartPoller(done);
    bool waiting = true;
    const auto tick = [&](std::optional<Done> more) { waiting = !condition() && more; };
    while (waiting) {
      if (version == Version::kBuggy) {
        tick(ticks.Receive());
      } else {
        Select(OnReceive(ticks, tick), OnReceive(stop, [&] { waiting = false; }));
      }
    }
    if (version == Version::kFixed) done.Close();
  }
};

const Subject kKubernetes70277 = {{
    .name = "kubernetes_70277",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Kubernetes70277 test;
          test.WaitFor([] { return true; }, version);
          (void)test.poller_done.Receive();
          test.stop.Close();
        },
    .explains = {"T0 -> needs a send on channel \"stop\" or its close -> no other task sends",
                 "kubernetes_70277.cc:71"},
}};

}  // namespace
}  // namespace catalogue
