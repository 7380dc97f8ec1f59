// SPDX-License-Identifier: Apache-2.0
//
// moby#4951: a device stayed locked while the lock of the device set was dropped and taken again.
//
// Deleting a device locks the set, then the device. Removing it waits for the kernel a while, with
// the set unlocked and the device locked. A second task that deletes the same device locks the set
// meanwhile and waits for the device; the first wakes and waits for the set. That is a cycle of
// owners, so a deadlock though the body has returned.
// Fixed: one order. The device is looked up under the set's lock, which is released; then the
// device is locked, then the set.
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Moby4951Device {
  Mutex mu{"device"};
};

struct Moby4951 {
  Mutex mu{"device set"};
  std::unordered_map<std::string, Moby4951Device> devices;

  void Delete(const std::string& id, Version version) {
    mu.lock();
    Moby4951Device& device = devices.at(id);
    if (version == Version::kFixed) mu.unlock();
    device.mu.lock();
    if (version == Version::kFixed) mu.lock();
    Remove();
    device.mu.unlock();
    mu.unlock();
  }

  void Remove() {
    mu.unlock();
    Sleep(300ns);
    mu.lock();
  }
};

const Subject kMoby4951 = {{
    .name = "moby_4951",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto set = std::make_shared<Moby4951>();
          set->devices["disk"];
          Go("deleter 1", [set, version] { set->Delete("disk", version); });
          Go("deleter 2", [set, version] { set->Delete("disk", version); });
        },
    .explains = {"needs mutex \"device set\" -> held by", "needs mutex \"device\" -> held by",
                 "moby_4951.cc:47", "moby_4951.cc:37"},
}};

}  // namespace
}  // namespace catalogue
