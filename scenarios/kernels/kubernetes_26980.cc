// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#26980: a listener handed an item over under the lock that others need.
//
// The popper waits under the listener's lock until an item is pending, and then, still under the
// lock, for the stop channel. The probe locks too and then reports; the test waits for the report,
// unlocks what the probe locked and closes the stop channel as it returns. If the popper is first,
// the probe waits for the lock, the test for the probe, the popper for the test. (A mutex without
// an owner, since the test unlocks for the probe. The original's is a read-write lock of which only
// the write side is used.)
// Fixed: the popper takes the item out under the lock and releases it before it waits for the
// channel.
#include <memory>
#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Kubernetes26980 {
  Mutex mu{kUnowned, "listener"};
  ConditionVariable added{"added"};
  std::vector<int> pending;
  Channel<int> stop{0, "stop"};
  Channel<int> result{0, "result"};

  void Add(int item) {
    MutexLock lock(mu);
    pending.push_back(item);
    added.notify_all();
  }

  void Pop(Version version) {
    mu.lock();
    while (pending.empty()) {
      if (stop.TryReceive().closed) return mu.unlock();
      added.wait(mu);
    }
    pending.pop_back();
    if (version == Version::kFixed) mu.unlock();
    (void)stop.Receive();
    if (version == Version::kBuggy) mu.unlock();
  }

  void Probe() {
    mu.lock();
    result.Close();
  }
};

const Subject kKubernetes26980 = {{
    .name = "kubernetes_26980",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto listener = std::make_shared<Kubernetes26980>();
          listener->Add(1);
          Go("popper", [listener, version] { listener->Pop(version); });
          Go("prober", [listener] { listener->Probe(); });
          (void)listener->result.Receive();
          listener->mu.unlock();
          listener->stop.Close();
        },
    .explains = {"T0 -> needs a send on channel \"result\" or its close",
                 "T1 -> needs a send on channel \"stop\" or its close",
                 "T2 -> needs mutex \"listener\" -> held by T1",
                 "let T1 unlock mutex \"listener\" before kubernetes_26980.cc:45"},
}};

}  // namespace
}  // namespace catalogue
