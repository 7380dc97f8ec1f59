// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#82239: a test changed an object that the controller was copying.
//
// The worker of a controller copies a volume, deeply, round after round until it is stopped. The
// test writes an annotation of the very same volume and then closes "stop". Nothing orders the
// write with the copies.
// Bounded: the worker sleeps 100 us in each round; in the original it never blocks.
// Fixed: the test changes a copy.
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

using Kubernetes82239Notes = std::map<std::string, int>;

template <template <class> class Variable>
struct Kubernetes82239 {
  Variable<Kubernetes82239Notes> notes{{{"bound", 1}, {"bound by controller", 1}}, "notes"};
  Channel<int> stop{0, "stop"};

  bool Stopped() { return stop.TryReceive().closed; }

  void Work() {
    if (Stopped()) return MissAccess();
    do {
      const Kubernetes82239Notes copy = notes.Get();
      if (Stopped()) return;
      Sleep(100us);
    } while (!Stopped());
  }

  void Annotate(Version version) {
    if (version == Version::kFixed) {
      Kubernetes82239Notes copy = notes.Get();
      copy["0"] = 1;
    } else {
      (*notes.Write())["0"] = 1;
    }
  }

  static void Run(Version version) {
    auto volume = std::make_shared<Kubernetes82239>();
    Go("starter", [volume] { Go("worker", [volume] { volume->Work(); }); });
    Sleep(1ms);
    volume->Annotate(version);
    volume->stop.Close();
  }
};

const Subject kKubernetes82239 = {{
    .name = "kubernetes_82239",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes82239<Shared>::Run,
    .plain = Kubernetes82239<Plain>::Run,
    .explains = {"two accesses to variable \"notes\" are not ordered",
                 "write of variable \"notes\" by T0 main at kubernetes_82239.cc:48",
                 "read of variable \"notes\" by T1.1 worker at kubernetes_82239.cc:37"},
}};

}  // namespace
}  // namespace catalogue
