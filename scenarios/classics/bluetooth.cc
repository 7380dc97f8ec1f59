// SPDX-License-Identifier: Apache-2.0
//
// bluetooth (SCTBench; a driver of Windows NT): a request worked on a device that had been stopped.
//
// The driver counts requests under way, and itself. A request that finds the driver not stopping
// counts itself in and works. Stopping raises a flag, counts the driver out and releases the device
// if whoever counted last has said that nobody is left. Between a request's look at the flag and
// its counting, all of the stop fits: the count goes to 0, the device is released, and the request
// works on it.
// Fixed: a request counts itself in first and looks at the flag then.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicBluetooth {
  Atomic<int> pending{1, "pending"};
  Atomic<bool> stopping{false, "stopping"};
  Atomic<bool> nobody_left{false, "nobody_left"};
  Atomic<bool> stopped{false, "stopped"};

  bool CountIn(Version version) {
    if (version == Version::kFixed) {
      pending.fetch_add(1);
      return !stopping.load();
    }
    if (stopping.load()) return false;
    pending.fetch_add(1);
    return true;
  }

  void CountOut() {
    if (pending.fetch_sub(1) == 1) nobody_left.store(true);
  }

  void Request(Version version) {
    if (CountIn(version)) {
      EXPECT_FALSE(stopped.load()) << "works on a device that was released";
    }
    CountOut();  // also one that was not let in, as in the driver
  }

  void Stop() {
    stopping.store(true);
    CountOut();
    if (nobody_left.load()) stopped.store(true);
  }
};

const Subject kClassicBluetooth = {{
    .name = "bluetooth",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicBluetooth driver;
          const Task stop = Go("stop", [&] { driver.Stop(); });
          const Task request = Go("request", [&] { driver.Request(version); });
          request.Join();
          stop.Join();
        },
    .explains = {"T2 request (", "bluetooth.cc:43: Value of: stopped.load()",
                 "load stopping -> false", "store stopped true"},
}};

}  // namespace
}  // namespace catalogue
