// SPDX-License-Identifier: Apache-2.0
//
// grpc#3017: the timer of a cached connection returned with the cache's mutex locked.
//
// Removing a connection puts it into a cache for a while; a timer then forgets it. Asking for a new
// connection to the same address takes it out of the cache and stops the timer or, if it is too
// late for that, marks the entry. The timer's function, late, locks the mutex, sees the mark and
// forgets to unlock: the loop that removes and asks waits for good, the body for the loop. The loop
// sleeps for as long as the timer takes, so that it can fire. Two rounds instead of 1,000. The body
// also waits for the callbacks that were not stopped: two that come after the loop would else make
// a leak. (The mutex is a global: where the deadlock is missed a callback may end with it locked,
// and no mutex may be destroyed so.)
// Fixed: the callback unlocks before it returns early.
#include <chrono>
#include <map>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

Mutex grpc3017_mu("mu");

struct Grpc3017Entry {
  int connection;
  int address;
  Timer forgets = {};
  bool abort = false;
};

struct Grpc3017 {
  const Version version;
  std::map<int, std::shared_ptr<Grpc3017Entry>> cache = {};  // by address
  std::map<int, int> addresses = {};                         // by connection
  WaitGroup callbacks{"callbacks"};
  Channel<int> done{0, "done"};

  int New(int address) {
    MutexLock lock(grpc3017_mu);
    if (!cache.contains(address)) {
      addresses[1] = address;
      return 1;
    }
    const std::shared_ptr<Grpc3017Entry> entry = cache.at(address);
    if (entry->forgets.Stop()) {
      callbacks.Done();
    } else {
      entry->abort = true;
    }
    cache.erase(address);
    return entry->connection;
  }

  void Remove(int connection) {
    MutexLock lock(grpc3017_mu);
    if (!addresses.contains(connection)) return;
    const int address = addresses.at(connection);
    if (cache.contains(address)) {
      if (cache.at(address)->connection != connection) addresses.erase(connection);
      return;
    }
    auto entry = std::make_shared<Grpc3017Entry>(Grpc3017Entry{connection, address});
    cache[address] = entry;
    callbacks.Add(1);
    entry->forgets = AfterFunc(1ns, [this, entry] {
      Forget(*entry);
      callbacks.Done();
    });
  }

  void Forget(const Grpc3017Entry& entry) {
    grpc3017_mu.lock();
    if (entry.abort) {
      if (version == Version::kFixed) grpc3017_mu.unlock();
      return;
    }
    addresses.erase(entry.connection);
    cache.erase(entry.address);
    grpc3017_mu.unlock();
  }

  void Loop(int connection) {
    for (int round = 0; round < 2; ++round) {
      Remove(connection);
      Sleep(1ns);
      connection = New(1);
    }
    done.Close();
  }
};

const Subject kGrpc3017 = {{
    .name = "grpc_3017",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          Grpc3017 connections{version};
          const int connection = connections.New(1);
          Go("loop", [&] { connections.Loop(connection); });
          (void)connections.done.Receive();
          connections.callbacks.Wait();
        },
    .explains = {"needs mutex \"mu\" -> held by T1.", "grpc_3017.cc:77), which has finished",
                 "unlock on every path out of the critical section"},
}};

}  // namespace
}  // namespace catalogue
