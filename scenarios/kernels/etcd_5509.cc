// SPDX-License-Identifier: Apache-2.0
//
// etcd#5509: a request that found the client closed kept its read lock.
//
// A request looks under the read lock whether the client was closed, again and again; if so it
// leaves the loop and forgets to release the lock. Closing sets that mark under the write lock,
// releases it and takes it once more. If the request comes in between, closing waits for a reader
// that has ended. Bounded to 3 rounds: the request looks until the client is closed. (The lock is a
// global: where the deadlock is missed, too, the request ends with the lock held, and no lock may
// be destroyed so.)
// Fixed: the request releases the lock on that path, too.
#include <memory>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

SharedMutex etcd5509_client("client");

struct Etcd5509 {
  std::optional<CancelFunc> cancel =
      WithCancel(Background()).cancel;  // empty once the client is closed
  Mutex remote{"remote"};
  Channel<int> done{0, "done"};

  void Get(Version version) {
    for (int round = 0; round < 3; ++round) {
      etcd5509_client.lock_shared();
      const bool closed = !cancel.has_value();
      remote.lock();
      remote.unlock();
      if (closed && version == Version::kBuggy) break;
      etcd5509_client.unlock_shared();
      if (closed) break;
    }
    done.Close();
  }

  void Close() {
    etcd5509_client.lock();
    if (!cancel.has_value()) return etcd5509_client.unlock();
    (*cancel)();
    cancel.reset();
    etcd5509_client.unlock();
    etcd5509_client.lock();
    etcd5509_client.unlock();
  }
};

const Subject kEtcd5509 = {{
    .name = "etcd_5509",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto client = std::make_shared<Etcd5509>();
          Go("getter", [client, version] { client->Get(version); });
          client->Close();
          (void)client->done.Receive();
        },
    .explains = {"T0 -> needs the readers of shared mutex \"client\" to leave -> read by T1",
                 "etcd_5509.cc:33), which has finished", "etcd_5509.cc:50"},
}};

}  // namespace
}  // namespace catalogue
