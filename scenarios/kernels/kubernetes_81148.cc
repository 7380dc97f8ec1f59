// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#81148: a test patched the time stamp of a queued pod without the queue's lock.
//
// The queue's flush loop reads the stamps of all pods, under the queue's lock. The test adds a pod
// under the same lock, looks it up and sets its stamp without it. If the loop flushes before the
// pod was added, there is nothing to read.
// Fixed: the stamp is set under the lock.
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

template <template <class> class Variable>
struct Kubernetes81148Pod {
  Variable<TimePoint> stamp{Now(), "stamp"};
};

template <template <class> class Variable>
struct Kubernetes81148 {
  SharedMutex lock{"lock"};
  std::map<std::string, Kubernetes81148Pod<Variable>> pods;
  int old_pods = 0;
  Channel<int> stop{0, "stop"};
  WaitGroup tests{"tests"};

  void Flush() {
    if (stop.TryReceive().closed) return;
    {
      WriterLock writer(lock);
      for (auto& [name, pod] : pods) old_pods += pod.stamp.Get() < Now() ? 1 : 0;
    }
    (void)stop.Receive();
  }

  void AddPod() {
    WriterLock writer(lock);
    pods.try_emplace("pod");
  }

  void MakeOld(Version version) {
    if (version == Version::kFixed) lock.lock();
    pods.at("pod").stamp.Set(Now() - 60s);
    if (version == Version::kFixed) lock.unlock();
  }

  static void Test(std::shared_ptr<Kubernetes81148> queue, Version version) {
    Go("flusher", [queue] { queue->Flush(); });
    queue->AddPod();
    queue->MakeOld(version);
    queue->tests.Done();
  }

  static void Run(Version version) {
    auto queue = std::make_shared<Kubernetes81148>();
    queue->tests.Add(1);
    Go("test", [queue, version] { Test(queue, version); });
    queue->tests.Wait();
    queue->stop.Close();
  }
};

const Subject kKubernetes81148 = {{
    .name = "kubernetes_81148",
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = Kubernetes81148<Shared>::Run,
    .plain = Kubernetes81148<Plain>::Run,
    .explains = {"two accesses to variable \"stamp\" are not ordered",
                 "write of variable \"stamp\" by T1 test at kubernetes_81148.cc:53",
                 "read of variable \"stamp\" by T1.1 flusher at kubernetes_81148.cc:41"},
}};

}  // namespace
}  // namespace catalogue
