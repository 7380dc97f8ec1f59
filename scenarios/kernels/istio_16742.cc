// SPDX-License-Identifier: Apache-2.0
//
// istio#16742: the labels of a connection were rewritten while its own task read them.
//
// A stream registers its connection in a table, under a lock, and then reads the connection's
// labels without it. An update of the workload walks over the table, holding the lock for reading,
// and resets the labels of every connection in place. If the update comes before the registration,
// it finds nobody.
// Fixed: the labels are guarded by the lock of the table: the update holds it exclusively, the
// stream shares it.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Istio16742Connection {
  Variable<const char*> labels{"app=web", "labels"};
};

template <template <class> class Variable>
struct Istio16742 {
  SharedMutex clients_mu{"clients_mu"};
  std::map<std::string, Istio16742Connection<Variable>*> clients;
  WaitGroup tasks{"tasks"};

  void Stream(Istio16742Connection<Variable>& connection, Version version) {
    clients_mu.lock();
    clients["connection"] = &connection;
    clients_mu.unlock();
    if (version == Version::kFixed) clients_mu.lock_shared();
    EXPECT_NE(connection.labels.Get(), nullptr);
    if (version == Version::kFixed) clients_mu.unlock_shared();
  }

  void Reset(Version version) {
    version == Version::kFixed ? clients_mu.lock() : clients_mu.lock_shared();
    for (auto& [name, connection] : clients) connection->labels.Set("");
    version == Version::kFixed ? clients_mu.unlock() : clients_mu.unlock_shared();
  }

  static void Run(Version version) {
    Istio16742 server;
    Istio16742Connection<Variable> connection;
    server.tasks.Go("test", [&] {
      server.tasks.Go("stream", [&] { server.Stream(connection, version); });
      server.tasks.Go("workload update", [&] { server.Reset(version); });
    });
    server.tasks.Wait();
  }
};

const Subject kIstio16742 = {{
    .name = "istio_16742",
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = Istio16742<Shared>::Run,
    .plain = Istio16742<Plain>::Run,
    .explains = {"two accesses to variable \"labels\" are not ordered",
                 "read of variable \"labels\" by T1.1 stream at istio_16742.cc:41",
                 "write of variable \"labels\" by T1.2 workload update at istio_16742.cc:47"},
}};

}  // namespace
}  // namespace catalogue
