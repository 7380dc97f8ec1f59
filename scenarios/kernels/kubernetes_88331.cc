// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#88331: the length of a scheduling queue was read without the queue's lock.
//
// The queue's flush loop drops the last of two pods, under the queue's lock. The test that made the
// queue reads the queue's length without it. In the original the test says that it is done before
// it begins, and leaves the loop behind; here it says so last, and the loop is stopped and joined.
// Fixed: the length is read under the lock, held for reading.
#include <gtest/gtest.h>

#include <vector>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Kubernetes88331 {
  SharedMutex lock{"lock"};
  Variable<std::vector<int>> pods{{}, "pods"};
  Channel<int> stop{0, "stop"};
  WaitGroup tests{"tests"};
  Task flusher;

  void Flush() {
    if (stop.TryReceive().closed) return MissAccess();
    {
      WriterLock writer(lock);
      pods.Write()->pop_back();
    }
    (void)stop.Receive();
  }

  void CheckLength(Version version) {
    if (version == Version::kFixed) lock.lock_shared();
    EXPECT_GT(pods.Read()->size(), 0u);
    if (version == Version::kFixed) lock.unlock_shared();
  }

  void Test(Version version) {
    pods.Set({1, 2});
    flusher = Go("flusher", [this] { Flush(); });
    CheckLength(version);
    tests.Done();
  }

  static void Run(Version version) {
    Kubernetes88331 queue;
    queue.tests.Add(1);
    Go("test", [&] { queue.Test(version); });
    queue.tests.Wait();
    queue.stop.Close();
    queue.flusher.Join();
  }
};

const Subject kKubernetes88331 = {{
    .name = "kubernetes_88331",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes88331<Shared>::Run,
    .plain = Kubernetes88331<Plain>::Run,
    .explains = {"two accesses to variable \"pods\" are not ordered",
                 "read of variable \"pods\" by T1 test at kubernetes_88331.cc:41",
                 "write of variable \"pods\" by T1.1 flusher at kubernetes_88331.cc:34"},
}};

}  // namespace
}  // namespace catalogue
