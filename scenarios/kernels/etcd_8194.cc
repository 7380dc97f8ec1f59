// SPDX-License-Identifier: Apache-2.0
//
// etcd#8194: a test changed a global rate that the lessor of another test still read.
//
// One test starts a lessor and ends; the lessor's loop goes on reading the rate. A second test sets
// the rate to another value and, at its end, back. Nothing orders the two.
// Scaled: 2 rounds of the loop, not 10, each the same. The channels of the lessor, null in the
// original, are real here: it would close a null one at its end.
// Fixed: the first test stops its lessor and waits for its end, and the second test starts after
// that.
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
struct Etcd8194 {
  Variable<int> rate{1000, "rate"};
  Channel<int> stop{0, "stop"};
  Channel<int> done{0, "done"};
  int leases = 1;
  WaitGroup tests{"tests"};

  // At most half the rate in one round.
  int ToRevoke() const { return leases > rate.Get() / 2 ? rate.Get() / 2 : leases; }

  void RunLessor() {
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(ToRevoke(), 1);
      if (stop.TryReceive().closed) break;
      bool stopped = false;
      Select(OnReceive(After(5ms)), OnReceive(stop, [&] { stopped = true; }));
      if (stopped) break;
    }
    done.Close();
  }

  void StopLessor() {
    stop.Close();
    (void)done.Receive();
  }

  void ChangeRate() {
    const int old = rate.Get();
    rate.Set(10);
    rate.Set(old);
    tests.Done();
  }

  static void Run(Version version) {
    auto tests = std::make_shared<Etcd8194>();
    tests->tests.Add(2);
    Task first = Go("first test", [tests, version] {
      Go("lessor", [tests] { tests->RunLessor(); });
      if (version == Version::kFixed) tests->StopLessor();
      tests->tests.Done();
    });
    if (version == Version::kFixed) first.Join();
    Go("second test", [tests] { tests->ChangeRate(); });
    tests->tests.Wait();
  }
};

const Subject kEtcd8194 = {{
    .name = "etcd_8194",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Etcd8194<Shared>::Run,
    .plain = Etcd8194<Plain>::Run,
    .explains = {"two accesses to variable \"rate\" are not ordered",
                 "read of variable \"rate\" by T1.1 lessor at etcd_8194.cc:35",
                 "write of variable \"rate\" by T2 second test at etcd_8194.cc:"},
}};

}  // namespace
}  // namespace catalogue
