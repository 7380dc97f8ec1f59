// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#13135: a cacher and its store locked each other through callbacks.
//
// The caching loop locks the cacher, then, to replace the contents, the store, whose callback
// unlocks the cacher. Adding to the store locks it and calls back into the cacher, which it locks.
// Once the first round has made the cacher ready, a second round may meet an addition: each has
// what the other wants. That is a cycle of owners, so a deadlock though the body has returned.
// Bounded to 3 rounds: the loop goes on until it sees the stop channel closed.
// Fixed: the lock that is held for a round is another than the one that the callback of an event
// takes.
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Kubernetes13135Store {
  SharedMutex mu{"store"};
  std::function<void()> on_replace;
  std::function<void()> on_event;

  void SetOnReplace(std::function<void()> callback) {
    WriterLock lock(mu);
    on_replace = std::move(callback);
  }
  void SetOnEvent(std::function<void()> callback) {
    WriterLock lock(mu);
    on_event = std::move(callback);
  }
  void Replace() {
    WriterLock lock(mu);
    on_replace();
  }
  void Add() {
    WriterLock lock(mu);
    on_event();
  }
};

struct Kubernetes13135 {
  explicit Kubernetes13135(Version version) : listing(version == Version::kFixed ? usable : mu) {
    store.SetOnReplace([this] {
      ready_once.Do([this] { ready.Done(); });
      listing.unlock();
    });
    store.SetOnEvent([this] { MutexLock lock(mu); });
    ready.Add(1);
  }

  Mutex mu{"cacher"};
  Mutex usable{"usable"};
  Mutex& listing;  // held for a round
  Kubernetes13135Store store;
  Once ready_once{"ready once"};
  WaitGroup ready{"ready"};
  Channel<int> stop{0, "stop"};

  void Cache() {
    for (int round = 0; round < 3 && !stop.TryReceive().closed; ++round) {
      listing.lock();
      store.Replace();
      Sleep(0ns);
    }
  }
};

const Subject kKubernetes13135 = {{
    .name = "kubernetes_13135",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto cacher = std::make_shared<Kubernetes13135>(version);
          Go("caching loop", [cacher] { cacher->Cache(); });
          cacher->ready.Wait();
          Go("adder", [cacher] { cacher->store.Add(); });
          Go("stopper", [cacher] { cacher->stop.Close(); });
        },
    .explains = {"T1 -> needs shared mutex \"store\" -> held by T2",
                 "T2 -> needs mutex \"cacher\" -> held by T1", "kubernetes_13135.cc:40",
                 "kubernetes_13135.cc:55"},
}};

}  // namespace
}  // namespace catalogue
