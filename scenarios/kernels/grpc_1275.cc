// SPDX-License-Identifier: Apache-2.0
//
// grpc#1275: closing a stream did not wake its reader.
//
// The reader waits for messages until it has some bytes. Closing the stream does nothing about
// that. The closer then waits until the reader is done, but not longer than 300 ns, and leaves; the
// reader stays behind.
// Fixed: closing the stream closes its buffer, which is the end for the reader.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Grpc1275 {
  Channel<int> received{0, "received"};  // numbers of bytes
  Channel<Done> done{0, "done"};

  void Read() {
    while (received.Receive() == 0) {
    }
    done.Close();
  }

  void CloseStream(Version version) {
    if (version == Version::kFixed) received.Close();
  }

  void AwaitReader() {
    Timer timeout(300ns, "timeout");
    const auto stop = [&] {
      if (!timeout.Stop()) (void)timeout.C().Receive();
    };
    Select(OnReceive(done, stop), OnReceive(timeout.C()));
  }
};

const Subject kGrpc1275 = {{
    .name = "grpc_1275",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto stream = std::make_shared<Grpc1275>();
          Go("reader", [stream] { stream->Read(); });
          stream->CloseStream(version);
          stream->AwaitReader();
        },
    .explains = {"T1 -> needs a send on channel \"received\" or its close -> no other task sends",
                 "grpc_1275.cc:26"},
}};

}  // namespace
}  // namespace catalogue
