// SPDX-License-Identifier: Apache-2.0
//
// grpc#660: a benchmark's loop left the worker of its last round behind.
//
// Each round makes a channel, starts a worker that sends its result there, and waits for the result
// or the order to stop. When the loop takes the order, nobody receives from the worker of that
// round.
// Bounded: from the third round on the loop only waits for the order, else some schedules did not
// end.
// Fixed: the channel has room for the result.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

constexpr int kGrpc660Rounds = 3;

struct Grpc660 {
  Channel<Done> stop{0, "stop"};

  void Loop(Version version) {
    bool stopped = false;
    for (int round = 1; !stopped; ++round) {
      Channel<bool> result(version == Version::kFixed ? 1 : 0, "result");
      Go("worker", [result] { result.Send(Choose(5) != 0); });
      const bool last = round == kGrpc660Rounds;
      Select(OnReceive(stop, [&] { stopped = true; }), OnReceive(last ? Channel<bool>() : result));
    }
  }
};

const Subject kGrpc660 = {{
    .name = "grpc_660",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto benchmark = std::make_shared<Grpc660>();
          Go("loop", [benchmark, version] { benchmark->Loop(version); });
          Go("helper", [benchmark] { benchmark->stop.Send({}); });
        },
    .explains = {"worker", "-> needs a receive on channel \"result\"", "grpc_660.cc:30"},
}};

}  // namespace
}  // namespace catalogue
