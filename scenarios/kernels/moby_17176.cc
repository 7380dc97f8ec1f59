// SPDX-License-Identifier: Apache-2.0
//
// moby#17176: cleaning up deleted devices returned early with the lock of the device set.
//
// There is nothing to clean up, and that path forgets to unlock. The task that comes next waits for
// the lock for good; the test gives up after a millisecond and returns.
// Fixed: the early return unlocks. And the channel of the answer has room for it, or the task could
// be left in its send when the test gave up just before.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Moby17176 {
  explicit Moby17176(Version v) : version(v) {}

  const Version version;
  Mutex devices{"devices"};
  int deleted = 0;
  Channel<int> done{version == Version::kFixed ? 1u : 0u, "done"};

  // False: there was something to delete, which it cannot.
  bool CleanupDeletedDevices() {
    devices.lock();
    if (deleted == 0) {
      if (version == Version::kFixed) devices.unlock();
      return true;
    }
    devices.unlock();
    return false;
  }

  void Use() {
    MutexLock lock(devices);
    done.Send(1);
  }
};

const Subject kMoby17176 = {{
    .name = "moby_17176",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto set = std::make_shared<Moby17176>(version);
          EXPECT_TRUE(set->CleanupDeletedDevices());
          Go("user", [set] { set->Use(); });
          Select(OnReceive(After(1ms)), OnReceive(set->done));
        },
    .explains = {"T1 user lock mutex \"devices\" (held by T0", "moby_17176.cc:43",
                 "moby_17176.cc:33), which has finished"},
}};

}  // namespace
}  // namespace catalogue
