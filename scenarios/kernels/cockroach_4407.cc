// SPDX-License-Identifier: Apache-2.0
//
// cockroach#4407: workers were registered with a stopper that might be waiting for them already.
//
// Two gossips each add one to the stopper's wait group, under the server's mutex, and spawn a
// worker that counts down. The stop, a moment later, waits on the group. Nothing orders the add
// that lifts the count from zero with the wait: the wait may return at once and a worker start
// after the stop. Heddle calls that misuse of the wait group in every schedule, also where the add
// came first by luck; Go's race detector sees it only where the wait has to block.
// Fixed: a worker is registered under the stopper's mutex, unless the stop has begun; the stop says
// so under the same mutex before it waits.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Cockroach4407Stopper {
  Channel<int> stopped{0, "stopped"};
  WaitGroup workers{"workers"};
  Mutex mu{"stopper.mu"};
  bool stopping = false;

  // Whether a worker may be started.
  bool Register(Version version) {
    if (version == Version::kFixed) {
      MutexLock lock(mu);
      if (stopping) return false;
      workers.Add(1);
    } else {
      workers.Add(1);
    }
    return true;
  }

  void Stop(Version version) {
    if (version == Version::kFixed) {
      MutexLock lock(mu);
      stopping = true;
    }
    stopped.Close();
    workers.Wait();
    MutexLock lock(mu);
  }
};

struct Cockroach4407 {
  Cockroach4407Stopper stopper;
  Mutex mu{"server.mu"};

  void Work() {
    { MutexLock lock(mu); }
    stopper.workers.Done();
  }

  static void Gossip(std::shared_ptr<Cockroach4407> server, Version version) {
    MutexLock lock(server->mu);
    if (server->stopper.Register(version)) Go("worker", [server] { server->Work(); });
  }
};

const Subject kCockroach4407 = {{
    .name = "cockroach_4407",
    .expected = Verdict::kMisuse,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto server = std::make_shared<Cockroach4407>();
          Go("gossip", [server, version] { Cockroach4407::Gossip(server, version); });
          Go("gossip", [server, version] { Cockroach4407::Gossip(server, version); });
          Sleep(1ms);
          server->stopper.Stop(version);
        },
    .explains = {"wait group \"workers\"", "unordered with the", "cockroach_4407.cc:37",
                 "cockroach_4407.cc:48"},
}};

}  // namespace
}  // namespace catalogue
