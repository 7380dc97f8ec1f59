// SPDX-License-Identifier: Apache-2.0
//
// moby#33781: a health monitor was stopped while a probe was running.
//
// Every 50 ns the monitor starts a probe, which sends its result on a channel of its own, and waits
// for the result, the probe's time-out, or the order to stop. When the order comes first, the
// monitor leaves and nobody receives from the probe.
// Fixed: the monitor cancels the probe and receives its result before it leaves.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Moby33781 {
  Channel<Done> stop{0, "stop"};
  bool stopped = false;

  void Monitor(Version version) {
    while (!stopped) {
      Select(OnReceive(stop, [&] { stopped = true; }),
             OnReceive(After(50ns), [&] { Probe(version); }));
    }
  }

  void Probe(Version version) {
    Channel<int> results(0, "results");
    CancelableContext probe = WithTimeout(Background(), 50ns);
    Go("probe", [results] {
      results.Send(0);
      results.Close();
    });
    const auto stop_probe = [&] {
      stopped = true;
      probe.cancel();
      if (version == Version::kFixed) (void)results.Receive();
    };
    const auto time_out = [&] {
      probe.cancel();
      (void)results.Receive();
    };
    Select(OnReceive(stop, stop_probe), OnReceive(results, [&] { probe.cancel(); }),
           OnReceive(probe.context.Done(), time_out));
  }
};

const Subject kMoby33781 = {{
    .name = "moby_33781",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto health = std::make_shared<Moby33781>();
          Go("monitor", [health, version] { health->Monitor(version); });
          Go("stopper", [health] {
            Sleep(50ns);
            health->stop.Send({});
          });
        },
    .explains = {"probe", "moby_33781.cc:36",
                 "-> needs a receive on channel \"results\" -> only T1 receives there: T1 has "
                 "finished"},
}};

}  // namespace
}  // namespace catalogue
