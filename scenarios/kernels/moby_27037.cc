// SPDX-License-Identifier: Apache-2.0
//
// moby#27037: tasks formatted the counter of the loop that spawned them.
//
// A loop from 17 to 21 spawns a task in each iteration, which reads the loop's one counter, then
// waits for all. Nothing orders the read with the increment at the end of the iteration.
// Fixed: the value is handed to the task.
#include <gtest/gtest.h>

#include <string>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Moby27037 {
  Variable<int> counter{17, "counter"};
  WaitGroup requests{"requests"};

  void Request(int minor) {
    EXPECT_EQ(("/v1." + std::to_string(minor)).size(), 6u);
    requests.Done();
  }

  static void Run(Version version) {
    Moby27037 test;
    for (; test.counter.Get() <= 21; test.counter.Update([](int& i) { ++i; })) {
      test.requests.Add(1);
      if (version == Version::kFixed) {
        Go("request", [&test, own = test.counter.Get()] { test.Request(own); });
      } else {
        Go("request", [&test] { test.Request(test.counter.Get()); });
      }
    }
    test.requests.Wait();
  }
};

const Subject kMoby27037 = {{
    .name = "moby_27037",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Moby27037<Shared>::Run,
    .plain = Moby27037<Plain>::Run,
    .explains = {"two accesses to variable \"counter\" are not ordered",
                 "write of variable \"counter\" by T0 main at moby_27037.cc:33",
                 "request at moby_27037.cc:38"},
}};

}  // namespace
}  // namespace catalogue
