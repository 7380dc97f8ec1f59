// SPDX-License-Identifier: Apache-2.0
//
// serving#5865: a sender met a channel that the receiving side closes at its end.
//
// A watcher, which has nothing to receive, ends and closes the channel of destinations. The one who
// spawned it sends on that channel: closed before the send or while it waits, the send fails either
// way.
// Fixed: the watcher closes another channel, "done", and the sender waits for either.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Serving5865 {
  SharedMutex mu{"mu"};
  Channel<int> destinations;
  Channel<int> done{0, "done"};

  void Watch(Version version) {
    WriterLock lock(mu);
    destinations = Channel<int>(0, "destinations");
    Go("watcher", [end = version == Version::kFixed ? done : destinations] { end.Close(); });
  }

  void Probe(Version version) {
    if (version == Version::kFixed) {
      Select(OnSend(destinations, 1), OnReceive(done));
    } else {
      destinations.Send(1);
    }
  }
};

const Subject kServing5865 = {{
    .name = "serving_5865",
    .expected = Verdict::kMisuse,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Serving5865 prober;
          prober.Watch(version);
          prober.Probe(version);
        },
    .explains = {"send on closed channel \"destinations\"; T1 closed it at serving_5865.cc:25",
                 "at serving_5865.cc:32 by T0 main"},
}};

}  // namespace
}  // namespace catalogue
