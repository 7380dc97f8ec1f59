// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#5316: a request that timed out abandoned the task that worked on it.
//
// The worker sends its result or its error, each on an unbuffered channel. The request waits for
// either, but not longer than 1 ms. The worker takes 2 ms: nobody receives any more.
// Fixed: both channels have room for one.
#include <chrono>
#include <cstddef>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Kubernetes5316 {
  explicit Kubernetes5316(size_t room) : results(room, "results"), errors(room, "errors") {}

  Channel<int> results;
  Channel<int> errors;

  void Work() {
    Sleep(2ms);
    const bool failed = Choose(5) < 2;
    (failed ? errors : results).Send(1);
  }

  void AwaitWorker() { Select(OnReceive(results), OnReceive(errors), OnReceive(After(1ms))); }
};

void Kubernetes5316Request(Version version) {
  auto request = std::make_shared<Kubernetes5316>(version == Version::kFixed ? 1 : 0);
  Go("worker", [request] { request->Work(); });
  request->AwaitWorker();
}

const Subject kKubernetes5316 = {{
    .name = "kubernetes_5316",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body = [](Version version) { Go("request", [=] { Kubernetes5316Request(version); }); },
    .explains = {"T1.1 -> needs a receive on channel", "only T1 receives there: T1 has finished",
                 "T1.1 worker", "kubernetes_5316.cc:30"},
}};

}  // namespace
}  // namespace catalogue
