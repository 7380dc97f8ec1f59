// SPDX-License-Identifier: Apache-2.0
//
// syncthing#4829: removing a port mapping notified its subscribers under the mapping's lock.
//
// Removing holds the locks of the service and of the mapping for writing, erases the addresses and,
// if there were any, notifies. Notifying reads the mapping under its read lock: the only task waits
// for itself.
// Fixed: it notifies after the mapping's lock was released.
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Syncthing4829Mapping {
  SharedMutex mu{"mapping.mu"};
  std::set<std::string> addresses;

  void Add(std::string address) {
    WriterLock lock(mu);
    addresses.insert(std::move(address));
  }

  void Notify() { ReaderLock lock(mu); }

  void Clear(Version version) {
    mu.lock();
    const std::set<std::string> removed = std::exchange(addresses, {});
    if (version == Version::kFixed) mu.unlock();
    if (!removed.empty()) Notify();
    if (version == Version::kBuggy) mu.unlock();
  }
};

struct Syncthing4829Service {
  SharedMutex mu{"service.mu"};
  std::unique_ptr<Syncthing4829Mapping> mapping;

  void NewMapping() {
    WriterLock lock(mu);
    mapping = std::make_unique<Syncthing4829Mapping>();
  }

  void RemoveMapping(Version version) {
    WriterLock lock(mu);
    mapping->Clear(version);
  }
};

const Subject kSyncthing4829 = {{
    .name = "syncthing_4829",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Syncthing4829Service service;
          service.NewMapping();
          service.mapping->Add("127.0.0.1");
          service.RemoveMapping(version);
        },
    .explains = {"T0 locks shared mutex \"mapping.mu\", which it holds already",
                 "syncthing_4829.cc:31", "syncthing_4829.cc:34)"},
    .options = {.vacuous_ok = true},  // the body alone
}};

}  // namespace
}  // namespace catalogue
