// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#79631: a test looked into the heap of a scheduling queue without the queue's lock.
//
// The queue's flush loop takes a pod out of the map of items, under the queue's lock. The test that
// made the queue looks the pod up without it. In the original the test says that it is done before
// it begins, and leaves the loop behind; here it says so last, and the loop is stopped and joined.
// Fixed: the test holds the lock, for reading, while it looks.
#include <map>
#include <string>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Kubernetes79631 {
  SharedMutex lock{"lock"};
  Variable<std::map<std::string, int>> items{{}, "items"};
  Channel<int> stop{0, "stop"};
  WaitGroup tests{"tests"};
  Task flusher;
  bool found = false;

  void Flush() {
    if (stop.TryReceive().closed) return MissAccess();
    {
      WriterLock writer(lock);
      items.Write()->erase("pod");
    }
    (void)stop.Receive();
  }

  void Find(Version version) {
    if (version == Version::kFixed) lock.lock_shared();
    found = items.Read()->contains("pod");
    if (version == Version::kFixed) lock.unlock_shared();
  }

  void Test(Version version) {
    items.Set({{"pod", 1}});
    flusher = Go("flusher", [this] { Flush(); });
    Find(version);
    tests.Done();
  }

  static void Run(Version version) {
    Kubernetes79631 queue;
    queue.tests.Add(1);
    Go("test", [&] { queue.Test(version); });
    queue.tests.Wait();
    queue.stop.Close();
    queue.flusher.Join();
  }
};

const Subject kKubernetes79631 = {{
    .name = "kubernetes_79631",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes79631<Shared>::Run,
    .plain = Kubernetes79631<Plain>::Run,
    .explains = {"two accesses to variable \"items\" are not ordered",
                 "read of variable \"items\" by T1 test at kubernetes_79631.cc:41",
                 "write of variable \"items\" by T1.1 flusher at kubernetes_79631.cc:34"},
}};

}  // namespace
}  // namespace catalogue
