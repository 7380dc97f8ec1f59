// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#80284: two tasks installed a callback in the same place.
//
// Each of two updates of a client's configuration builds a dialer and stores its function that
// closes all connections as the callback for rotated certificates. Nothing orders the two writes.
// Fixed: the callback is set once, before the updates start, and only read by them.
#include <functional>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Kubernetes80284 {
  Variable<std::function<int()>> on_rotate{{}, "on_rotate"};
  WaitGroup updates{"updates"};

  void Install(int connections) {
    on_rotate.Set([connections] { return connections; });
  }

  void Update(Version version) {
    if (version == Version::kFixed) {
      (void)on_rotate.Get()();
    } else {
      Install(2);
    }
    updates.Done();
  }

  static void Run(Version version) {
    Kubernetes80284 client;
    if (version == Version::kFixed) client.Install(2);
    client.updates.Add(2);
    Go("update", [&] { client.Update(version); });
    Go("update", [&] { client.Update(version); });
    client.updates.Wait();
  }
};

const Subject kKubernetes80284 = {{
    .name = "kubernetes_80284",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes80284<Shared>::Run,
    .plain = Kubernetes80284<Plain>::Run,
    .explains = {"two accesses to variable \"on_rotate\" are not ordered",
                 "write of variable \"on_rotate\" by T1 update at kubernetes_80284.cc:25",
                 "write of variable \"on_rotate\" by T2 update at kubernetes_80284.cc:25"},
}};

}  // namespace
}  // namespace catalogue
