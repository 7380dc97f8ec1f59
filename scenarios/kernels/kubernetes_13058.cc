// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#13058: a controller counted a wait group down that had not been counted up yet.
//
// A test spawns the controller, then adds the three events it expects to a wait group; the
// controller counts one down at once and the others after a while. If it comes first, the count
// gets negative.
// Bounded: the controller ends after 3 rounds; else it might count a fourth event before a slow
// test closes "stop", in the fixed version, too.
// Fixed: the test adds the events before it spawns the controller.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

constexpr int kKubernetes13058Events = 3;

struct Kubernetes13058 {
  WaitGroup events{"events"};
  WaitGroup writers{"writers"};
  Channel<int> stop{0, "stop"};

  void Control() {
    for (int round = 0; round < kKubernetes13058Events; ++round) {
      if (stop.TryReceive().closed) return;
      events.Done();
      Sleep(10ms);
    }
  }

  static void Test(std::shared_ptr<Kubernetes13058> test, Version version) {
    if (version == Version::kFixed) test->events.Add(kKubernetes13058Events);
    Go("controller", [test] { test->Control(); });
    test->writers.Add(3);
    if (version == Version::kBuggy) test->events.Add(kKubernetes13058Events);
    for (int i = 0; i < 3; ++i) Go("writer", [test] { test->writers.Done(); });
    test->writers.Wait();
    test->events.Wait();
    test->stop.Close();
  }
};

const Subject kKubernetes13058 = {{
    .name = "kubernetes_13058",
    .expected = Verdict::kMisuse,
    .when = When::kSome,
    .body =
        [](Version version) {
          Kubernetes13058::Test(std::make_shared<Kubernetes13058>(), version);
        },
    .explains = {"wait group \"events\" is counted from 0 by -1: a negative counter",
                 "at kubernetes_13058.cc:33 by T1 controller, spawned at kubernetes_13058.cc:40"},
}};

}  // namespace
}  // namespace catalogue
