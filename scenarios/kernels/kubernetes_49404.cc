// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#49404: a test looked whether a handler had been called without waiting for it.
//
// The server's task spawns one for the connection, which runs the handler, which sets a flag. The
// test reads the flag right after it has spawned the server, and sleeps after that, not before.
// Nothing orders the read with the write.
// Fixed: the test waits for the handler's end before it reads.
#include <gtest/gtest.h>

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
struct Kubernetes49404 {
  Variable<bool> called{false, "called"};
  Channel<int> handled{0, "handled"};
  WaitGroup servers{"servers"};
  bool failed = false;

  void Handle() {
    called.Set(true);
    handled.Close();
  }

  static void Serve(std::shared_ptr<Kubernetes49404> test) {
    Go("connection", [test] { test->Handle(); });
    test->servers.Done();
  }

  static void Run(Version version) {
    auto test = std::make_shared<Kubernetes49404>();
    test->servers.Add(1);
    Go("server", [test] { Serve(test); });
    if (version == Version::kFixed) (void)test->handled.Receive();
    test->failed = !test->called.Get();
    if (version == Version::kFixed) {
      EXPECT_FALSE(test->failed);
    }
    Sleep(10ms);
  }
};

const Subject kKubernetes49404 = {{
    .name = "kubernetes_49404",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Kubernetes49404<Shared>::Run,
    .plain = Kubernetes49404<Plain>::Run,
    .explains = {"two accesses to variable \"called\" are not ordered",
                 "read of variable \"called\" by T0 main at kubernetes_49404.cc:46",
                 "write of variable \"called\" by T1.1 connection at kubernetes_49404.cc:32"},
}};

}  // namespace
}  // namespace catalogue
