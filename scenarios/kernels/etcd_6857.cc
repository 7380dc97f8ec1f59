// SPDX-License-Identifier: Apache-2.0
//
// etcd#6857: a node was asked for its status after its loop had ended.
//
// The loop answers status queries until it is told to stop. A query sends a channel for the answer
// to the loop and waits for it. One that comes after the order to stop finds nobody who receives.
// Fixed: a query also watches for the end of the loop.
#include <memory>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Etcd6857 {
  Channel<Channel<int>> queries{0, "queries"};
  Channel<Done> stop{0, "stop"};
  Channel<Done> done{0, "done"};

  void Run() {
    bool stopped = false;
    while (!stopped) {
      Select(OnReceive(queries, [](std::optional<Channel<int>> answer) { answer->Send(1); }),
             OnReceive(stop, [&] { stopped = true; }));
    }
    done.Close();
  }

  int Status(Version version) {
    Channel<int> answer(0, "answer");
    bool ended = false;
    if (version == Version::kBuggy) {
      queries.Send(answer);
    } else {
      Select(OnSend(queries, answer), OnReceive(done, [&] { ended = true; }));
    }
    return ended ? 0 : *answer.Receive();
  }

  void Stop() {
    Select(OnSend(stop, Done{}), OnReceive(done));
    (void)done.Receive();
  }
};

const Subject kEtcd6857 = {{
    .name = "etcd_6857",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto node = std::make_shared<Etcd6857>();
          Go("loop", [node] { node->Run(); });
          Go("query", [node, version] { (void)node->Status(version); });
          Go("stopper", [node] { node->Stop(); });
        },
    .explains = {"T2 query", "etcd_6857.cc:37",
                 "T2 -> needs a receive on channel \"queries\" -> only T1 receives there: T1 has "
                 "finished"},
}};

}  // namespace
}  // namespace catalogue
