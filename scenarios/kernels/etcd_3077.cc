// SPDX-License-Identifier: Apache-2.0
//
// etcd#3077: a server used channels that the loop it had spawned was still to create.
//
// The raft loop makes its two channels itself. The server spawns it, sleeps, "to let it start",
// waits until it is to stop, and only then reads the handle of the loop's stop channel, to send on
// it. A sleep orders nothing: the loop's write of the handle and the server's read race. (The
// second handle is ordered by the hand-over on the first channel.)
// Fixed: the server makes the channels before it spawns the loop.
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
struct Etcd3077 {
  Variable<Channel<int>> raft_stopped{{}, "raft_stopped"};
  Variable<Channel<int>> raft_done{{}, "raft_done"};
  Channel<int> stop{0, "stop"};
  Channel<int> done{0, "done"};

  void MakeChannels() {
    raft_stopped.Set(Channel<int>(0, "raft stopped"));
    raft_done.Set(Channel<int>(0, "raft done"));
  }

  void RunRaft(Version version) {
    if (version == Version::kBuggy) MakeChannels();
    (void)raft_stopped.Get().Receive();
    raft_done.Get().Close();
  }

  static void Serve(std::shared_ptr<Etcd3077> server, Version version) {
    if (version == Version::kFixed) server->MakeChannels();
    Go("raft", [server, version] { server->RunRaft(version); });
    Sleep(10ms);
    (void)server->stop.Receive();
    server->raft_stopped.Get().Send(1);
    (void)server->raft_done.Get().Receive();
    server->done.Close();
  }

  static void Run(Version version) {
    auto server = std::make_shared<Etcd3077>();
    Go("server", [server, version] { Serve(server, version); });
    Select(OnSend(server->stop, 1), OnReceive(server->done));
    (void)server->done.Receive();
  }
};

const Subject kEtcd3077 = {{
    .name = "etcd_3077",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Etcd3077<Shared>::Run,
    .plain = Etcd3077<Plain>::Run,
    .explains = {"two accesses to variable \"raft_stopped\" are not ordered",
                 "write of variable \"raft_stopped\" by T1.1 raft at etcd_3077.cc:31",
                 "read of variable \"raft_stopped\" by T1 server at etcd_3077.cc:46"},
}};

}  // namespace
}  // namespace catalogue
