// SPDX-License-Identifier: Apache-2.0
//
// grpc#862: a dial that failed left its reconnect loop running.
//
// Dialing makes a connection with a context of its own and starts a task that tries to connect,
// again and again, until that context is cancelled. When the caller gives up, the way out closes
// the connection it would hand out. There is none yet, so nobody ever stops the loop.
// Bounded: after three attempts the loop only waits for its context, else it would never go quiet.
// Fixed: a connection that is not handed out is closed.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

constexpr int kGrpc862Attempts = 3;

struct Grpc862 {
  CancelableContext life = WithCancel(Background());

  void Close() { life.cancel(); }

  void Reconnect() {
    const CancelableContext trying = WithCancel(life.context);
    const Receiver<Done> closed = trying.context.Done();
    bool stop = false;
    for (int attempt = 1; attempt <= kGrpc862Attempts && !stop; ++attempt) {
      WithTimeout(trying.context, 10ns).cancel();
      Select(OnReceive(closed, [&] { stop = true; }), OnReceive(After(2ns * attempt)));
    }
    (void)closed.Receive();
  }
};

using Grpc862Connection = std::shared_ptr<Grpc862>;

Grpc862Connection Grpc862Dial(const Context& caller, Version version) {
  auto connection = std::make_shared<Grpc862>();
  Go("reconnector", [connection] { connection->Reconnect(); });
  const Grpc862Connection handed_out = nullptr;  // it never connects
  const bool gave_up = caller.Done().TryReceive().closed;
  if (gave_up && handed_out != nullptr) handed_out->Close();
  if (version == Version::kFixed && handed_out == nullptr) connection->Close();
  return handed_out;
}

const Subject kGrpc862 = {{
    .name = "grpc_862",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          CancelableContext caller = WithCancel(Background());
          Go("dialer", [=] { (void)Grpc862Dial(caller.context, version); });
          Go("helper", [=] { caller.cancel(); });
        },
    .explains = {"T1.1 reconnector", "T1.1 -> needs context",
                 "to be cancelled -> nobody cancelled it", "grpc_862.cc:37"},
}};

}  // namespace
}  // namespace catalogue
