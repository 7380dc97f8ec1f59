// SPDX-License-Identifier: Apache-2.0
//
// istio#8967: stopping a source closed its channel and then overwrote the handle.
//
// A task of the source reads the handle and waits at the channel until it is closed. Stopping
// closes the channel and at once writes null into the handle, in another task. Nothing orders that
// with the read: if it comes first, the task waits at a null channel for ever.
// Fixed: the handle stays as it is after the channel was closed.
#include <chrono>
#include <memory>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

template <template <class> class Variable>
struct Istio8967 {
  Variable<Channel<int>> done{{}, "done"};
  WaitGroup tests{"tests"};

  void Start() { done.Set(Channel<int>(0, "done channel")); }

  void AwaitDone() { (void)done.Get().Receive(); }

  void Stop(Version version) {
    done.Get().Close();
    if (version == Version::kBuggy) done.Set({});
  }

  static void Test(std::shared_ptr<Istio8967> source, Version version) {
    source->Start();
    Go("source", [source] { source->AwaitDone(); });
    source->Stop(version);
    Sleep(5ms);
    source->tests.Done();
  }

  static void Run(Version version) {
    auto source = std::make_shared<Istio8967>();
    source->tests.Add(1);
    Go("test", [source, version] { Test(source, version); });
    source->tests.Wait();
  }
};

const Subject kIstio8967 = {{
    .name = "istio_8967",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Istio8967<Shared>::Run,
    .plain = Istio8967<Plain>::Run,
    .explains = {"two accesses to variable \"done\" are not ordered",
                 "write of variable \"done\" by T1 test at istio_8967.cc:33",
                 "read of variable \"done\" by T1.1 source at istio_8967.cc:29"},
}};

}  // namespace
}  // namespace catalogue
