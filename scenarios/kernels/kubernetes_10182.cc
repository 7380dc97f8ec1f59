// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#10182: a pod's status was sent under the lock that the receiver needs.
//
// Whoever sets a status sends it under the manager's lock. The batch loop receives it and cleans up
// under the same lock. If another setter gets the lock first, it waits in its send for the loop,
// the loop for the lock.
// Fixed: the loop cleans up in a task of its own, so that it always comes back to receive.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Kubernetes10182 {
  SharedMutex statuses{"statuses"};
  Channel<int> updates{0, "updates"};

  void Set(int status) {
    WriterLock lock(statuses);
    updates.Send(status);
  }

  void Delete() { WriterLock lock(statuses); }

  static void SyncBatch(const std::shared_ptr<Kubernetes10182>& manager, Version version) {
    for (int i = 0; i < 2; ++i) {
      (void)manager->updates.Receive();
      if (version == Version::kBuggy) {
        manager->Delete();
      } else {
        Go("deleter", [manager] { manager->Delete(); });
      }
    }
  }
};

const Subject kKubernetes10182 = {{
    .name = "kubernetes_10182",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto manager = std::make_shared<Kubernetes10182>();
          Go("starter", [manager, version] {
            Go("syncer", [manager, version] { Kubernetes10182::SyncBatch(manager, version); });
          });
          Go("setter", [manager] { manager->Set(1); });
          Go("setter", [manager] { manager->Set(2); });
        },
    .explains =
        {"needs a receive on channel \"updates\" -> only T1.1 receives there: T1.1 is blocked, too",
         "T1.1 -> needs shared mutex \"statuses\" -> held by T",
         "unlock shared mutex \"statuses\" before kubernetes_10182.cc:25"},
}};

}  // namespace
}  // namespace catalogue
