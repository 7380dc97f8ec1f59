// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#6632: a writer blocked on a channel with the lock held that its monitor needs.
//
// A writer asks under the write lock for a reset of the idle timer, by a send. The monitor, which
// receives these, has been told meanwhile that the connection closes: it wants the write lock, to
// shut the channel, and receives no more. The writer waits for a receiver, the monitor for the
// writer's lock.
// Fixed: before it takes the lock, the monitor starts a task that drains the channel until it is
// shut.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Kubernetes6632 {
  Mutex write{"write lock"};
  Channel<bool> reset{0, "reset"};  // nil once it is shut
  Channel<bool> closing{0, "closing"};

  void Monitor(Version version) {
    const Channel<bool> resets = reset;
    (void)closing.Receive();
    if (version == Version::kFixed) Go("drainer", [resets] { Drain(resets); });
    MutexLock lock(write);
    reset.Close();
    reset = {};
  }

  static void Drain(const Channel<bool>& resets) {
    while (resets.Receive()) {
    }
  }

  void WriteFrame() {
    MutexLock lock(write);
    if (reset.IsNil()) return;
    reset.Send(true);
  }
};

const Subject kKubernetes6632 = {{
    .name = "kubernetes_6632",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto connection = std::make_shared<Kubernetes6632>();
          Go("closer", [connection] { connection->closing.Send(true); });
          Go("monitor", [connection, version] { connection->Monitor(version); });
          Go("writer", [connection] { connection->WriteFrame(); });
        },
    .explains = {"T2 -> needs mutex \"write lock\" -> held by T3",
                 "T3 -> needs a receive on channel \"reset\" -> no other task receives there",
                 "let T3 unlock mutex \"write lock\" before kubernetes_6632.cc:43"},
}};

}  // namespace
}  // namespace catalogue
