// SPDX-License-Identifier: Apache-2.0
//
// etcd#6873: the proxy for watchers hung when it was stopped.
//
// A coalescer takes updates from a channel and handles each under a mutex. Stopping locks the same
// mutex, closes the channel and waits, still under the mutex, until the coalescer has ended. An update
// that is left in the channel, or taken and not yet handled, needs the mutex: the stopper waits for the
// coalescer, the coalescer for the stopper.
// Fixed: the stopper unlocks before it waits.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Etcd6873 {
  Mutex mu{"mu"};
  Channel<int> updates{1, "updates"};
  Channel<int> done{0, "done"};

  void Coalesce() {
    while (updates.Receive()) {
      MutexLock lock(mu);
    }
    done.Close();
  }

  void Stop(Version version) {
    mu.lock();
    updates.Close();
    if (version == Version::kFixed) mu.unlock();
    (void)done.Receive();
    if (version == Version::kBuggy) mu.unlock();
  }
};

const Subject kEtcd6873 = {{
    .name = "etcd_6873",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto proxy = std::make_shared<Etcd6873>();
          Go("coalescer", [proxy] { proxy->Coalesce(); });
          Select(OnSend(proxy->updates, 1), Default());
          Go("stopper", [proxy, version] { proxy->Stop(version); });
        },
    .explains = {"T1 -> needs mutex \"mu\" -> held by T2", "etcd_6873.cc:33",
                 "T2 -> needs a send on channel \"done\" or its close -> no other task sends"},
}};

}  // namespace
}  // namespace catalogue
