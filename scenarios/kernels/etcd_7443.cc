// SPDX-License-Identifier: Apache-2.0
//
// etcd#7443: a balancer told its watcher of changes while it held its own lock.
//
// The watcher takes lists of addresses from a channel with room for one. It connects to those that
// are new, each in a task of its own, and tears down connections to those that are not listed. A
// connection that comes up and finds no address pinned pins its own and sends a list with just
// that; one that is torn down, if it was pinned, unpins it and sends all. Both send under the
// balancer's lock. The address 0 is also the value for 'none is pinned', so that two connections
// may come up in a row: with the list of the second in the channel the watcher, tearing that one
// down, sends to itself. Who closes the balancer waits for its lock, the body for who closes.
// (Where the balancer was closed the original catches the panic of the send; here it does not
// send.)
// A random walk shows it about once in 20,000 schedules, PCT and SURW once in some ten.
// Fixed: coming up and going down only leave a mark; a notifier of its own looks at what is pinned,
// under the lock, and sends without it.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

using Etcd7443Addresses = std::vector<int>;

struct Etcd7443Balancer {
  const Version version;
  SharedMutex mu{"balancer"};
  int pinned = 0;  // or none
  bool closed = false;
  Channel<Etcd7443Addresses> notify{1, "notify"};
  Channel<int> changed{1, "changed"};  // these two only where it is fixed
  Channel<int> stop{0, "stop"};

  static Etcd7443Addresses All() { return {0, 1, 2}; }

  std::function<void()> Up(int address) {
    WriterLock lock(mu);
    if (closed) return [] {};
    if (pinned == 0) {
      pinned = address;
      Notify({address});
    }
    return [this, address] { Down(address); };
  }

  void Down(int address) {
    WriterLock lock(mu);
    if (closed || pinned != address) return;
    pinned = 0;
    Notify(All());
  }

  void Close() {
    WriterLock lock(mu);
    if (closed) return;
    closed = true;
    version == Version::kFixed ? stop.Close() : notify.Close();
    pinned = 0;
  }

  // Under the lock.
  void Notify(Etcd7443Addresses addresses) {
    if (version == Version::kFixed) {
      (void)changed.TrySend(1);
    } else {
      notify.Send(std::move(addresses));
    }
  }

  // The notifier of the fixed version.
  void NotifyOfChanges() {
    for (bool stopped = false; !stopped;) {
      Select(OnReceive(stop, [&] { stopped = true; }), OnReceive(changed));
      Select(OnReceive(stop, [&] { stopped = true; }), OnSend(notify, Current()));
    }
    notify.Close();
  }

  Etcd7443Addresses Current() {
    WriterLock lock(mu);
    return pinned == 0 ? All() : Etcd7443Addresses{pinned};
  }
};

struct Etcd7443Connection {
  Mutex mu{"connection"};
  std::function<void()> down;

  void TearDown() {
    MutexLock lock(mu);
    if (down != nullptr) std::exchange(down, nullptr)();
  }
};

using Etcd7443Connections = std::map<int, std::shared_ptr<Etcd7443Connection>>;

struct Etcd7443Client {
  explicit Etcd7443Client(Version version) : balancer{version} {}

  Etcd7443Balancer balancer;
  SharedMutex mu{"client"};
  std::optional<Etcd7443Connections> connections = Etcd7443Connections();  // none: closed
  Channel<int> closed{0, "closed"};

  static void Watch(const std::shared_ptr<Etcd7443Client>& client) {
    while (std::optional<Etcd7443Addresses> listed = client->balancer.notify.Receive()) {
      const auto [to_add, to_delete] = client->Compare(*listed);
      for (int address : to_add) Connect(client, address);
      for (const auto& connection : to_delete) connection->TearDown();
    }
  }

  // What is listed and not connected, and the connections that are not listed, which it erases.
  std::pair<Etcd7443Addresses, std::vector<std::shared_ptr<Etcd7443Connection>>> Compare(
      const Etcd7443Addresses& listed) {
    WriterLock lock(mu);
    Etcd7443Connections old = connections.value_or(Etcd7443Connections());
    Etcd7443Addresses to_add;
    std::vector<std::shared_ptr<Etcd7443Connection>> to_delete;
    for (int address : listed) {
      if (old.erase(address) == 0) to_add.push_back(address);
    }
    for (auto& [address, connection] : old) {
      connections->erase(address);
      to_delete.push_back(connection);
    }
    return {to_add, to_delete};
  }

  static void Connect(const std::shared_ptr<Etcd7443Client>& client, int address) {
    auto connection = std::make_shared<Etcd7443Connection>();
    {
      WriterLock lock(client->mu);
      if (!client->connections.has_value()) return;
      client->connections->emplace(address, connection);
    }
    Go("connector", [client, connection, address] {
      MutexLock lock(connection->mu);
      connection->down = client->balancer.Up(address);
    });
  }

  void Close() {
    mu.lock();
    const Etcd7443Connections old = *std::exchange(connections, std::nullopt);
    mu.unlock();
    balancer.Close();
    for (const auto& [address, connection] : old) connection->TearDown();
  }
};

void Etcd7443(Version version) {
  auto client = std::make_shared<Etcd7443Client>(version);
  client->balancer.notify.Send(Etcd7443Balancer::All());
  if (version == Version::kFixed) Go("notifier", [=] { client->balancer.NotifyOfChanges(); });
  Go("watcher", [=] { Etcd7443Client::Watch(client); });
  Go("stopper", [=] {
    client->balancer.Close();
    client->closed.Close();
  });
  Go("closer", [=] { client->Close(); });
  (void)client->closed.Receive();
}

const Subject kEtcd7443 = {{
    .name = "etcd_7443",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = Etcd7443,
    .explains = {"needs a receive on channel \"notify\"",
                 "T2 -> needs shared mutex \"balancer\" -> held by",
                 "T0 -> needs a send on channel \"closed\" or its close",
                 "unlock shared mutex \"balancer\" before etcd_7443.cc:75"},
}};

}  // namespace
}  // namespace catalogue
