// SPDX-License-Identifier: Apache-2.0
//
// cockroach#10214: the queue of heartbeats and a replica were locked in opposite order.
//
// Sending the coalesced heartbeats holds the queue's mutex and locks the Raft mutex of every
// replica that an answer is for. The tick of a replica holds its Raft mutex and adds to the queue,
// under the queue's mutex. Each has what the other wants: a cycle of owners, so a deadlock though
// the body has returned.
// Fixed: the answers are copied under the queue's mutex, which is released before a replica is
// locked.
#include <cstddef>
#include <memory>
#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach10214Replica {
  Mutex raft;
  Mutex mu;
};

struct Cockroach10214 {
  Mutex coalesced{"coalesced"};
  std::vector<int> responses = {1, 2};
  Cockroach10214Replica replicas[2] = {{Mutex("raft 1"), Mutex("replica 1")},
                                       {Mutex("raft 2"), Mutex("replica 2")}};

  void SendHeartbeats(Version version) {
    coalesced.lock();
    const std::vector<int> queue = responses;
    if (version == Version::kFixed) coalesced.unlock();
    for (size_t i = 0; i < queue.size(); ++i) {
      for (Cockroach10214Replica& replica : replicas) MutexLock raft(replica.raft);
    }
    if (version == Version::kBuggy) coalesced.unlock();
  }

  void Tick(Cockroach10214Replica& replica) {
    MutexLock raft(replica.raft);
    MutexLock lock(replica.mu);
    for (int i = 0; i < 2; ++i) MutexLock queue(coalesced);
  }
};

const Subject kCockroach10214 = {{
    .name = "cockroach_10214",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto store = std::make_shared<Cockroach10214>();
          Go("heartbeats", [store, version] { store->SendHeartbeats(version); });
          Go("ticker", [store] { store->Tick(store->replicas[0]); });
        },
    .explains = {"T1 -> needs mutex \"raft 1\" -> held by T2",
                 "T2 -> needs mutex \"coalesced\" -> held by T1", "cockroach_10214.cc:39",
                 "cockroach_10214.cc:47"},
}};

}  // namespace
}  // namespace catalogue
