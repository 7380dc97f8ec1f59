// SPDX-License-Identifier: Apache-2.0
//
// grpc#795: a graceful stop locked the server's mutex where it should have unlocked it.
//
// Stopping locks the mutex; if the server drains already, it locks once more and returns, else it
// sets the flag and returns. No path unlocks: the second of three calls waits for what its own task
// holds. So does the serving task, if it comes after the first call.
// Fixed: both paths unlock.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Grpc795 {
  Mutex mu{"mu"};
  bool drain = false;

  void Serve() { MutexLock lock(mu); }

  void GracefulStop(Version version) {
    mu.lock();
    if (drain) {
      version == Version::kFixed ? mu.unlock() : mu.lock();
      return;
    }
    drain = true;
    if (version == Version::kFixed) mu.unlock();
  }
};

const Subject kGrpc795 = {{
    .name = "grpc_795",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto server = std::make_shared<Grpc795>();
          Go("server", [server] { server->Serve(); });
          for (int call = 0; call < 3; ++call) server->GracefulStop(version);
        },
    .explains = {"T0 locks mutex \"mu\", which it holds already",
                 "T0 -> needs mutex \"mu\" -> held by T0", "grpc_795.cc:26)"},
}};

}  // namespace
}  // namespace catalogue
