// SPDX-License-Identifier: Apache-2.0
//
// istio#17860: the status of a restarted proxy was reported after its collector had left.
//
// Each start of the proxy is an epoch, whose status a task of its own reports. The collector leaves
// when there is no active epoch left. A restart waits under the mutex, while an epoch is active,
// until the proxy is live, and only then registers the new epoch. If the collector has taken the
// first status before that, it has left, and nobody receives the second. (So, too, if it sees the
// end of the agent before a status.)
// Fixed: a restart registers its epoch before it waits, and waits without the mutex; a report is
// given up when the agent ends.
#include <chrono>
#include <memory>
#include <optional>
#include <set>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Istio17860 : std::enable_shared_from_this<Istio17860> {
  Channel<int> statuses{0, "statuses"};
  CancelableContext life = WithCancel(Background());
  Mutex restarting{"restarting"};
  Mutex mu{"mu"};
  std::set<int> active;  // guarded by mu, as the next
  int epoch = 0;

  void Collect() {
    bool collecting = true;
    const auto forget = [&](std::optional<int> status) {
      MutexLock lock(mu);
      active.erase(*status);
      collecting = !active.empty();
    };
    while (collecting) {
      Select(OnReceive(statuses, forget),
             OnReceive(life.context.Done(), [&] { collecting = false; }));
    }
  }

  static bool IsLive() { return false; }

  static void AwaitLive() {
    Ticker probe(30ns, "probe");
    Timer timeout(100ns, "timeout");
    bool waiting = !IsLive();
    while (waiting) {
      Select(OnReceive(timeout.C(), [&] { waiting = false; }),
             OnReceive(probe.C(), [&] { waiting = !IsLive(); }));
    }
    probe.Stop();
    timeout.Stop();
  }

  void RestartUnderLock() {
    MutexLock lock(mu);
    if (!active.empty()) AwaitLive();
    active.insert(++epoch);
    Go("reporter", [self = shared_from_this(), status = epoch] { self->statuses.Send(status); });
  }

  void RestartRegisteringFirst() {
    MutexLock one_at_a_time(restarting);
    bool wait = false;
    int status = 0;
    {
      MutexLock lock(mu);
      wait = !active.empty();
      status = ++epoch;
      active.insert(status);
    }
    if (wait) AwaitLive();
    Go("reporter", [self = shared_from_this(), status] {
      Select(OnSend(self->statuses, status), OnReceive(self->life.context.Done()));
    });
  }

  void Restart(Version version) {
    if (version == Version::kBuggy) {
      RestartUnderLock();
    } else {
      RestartRegisteringFirst();
    }
  }
};

const Subject kIstio17860 = {{
    .name = "istio_17860",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto agent = std::make_shared<Istio17860>();
          Go("collector", [agent] { agent->Collect(); });
          agent->Restart(version);
          Go("restarter", [agent, version] { agent->Restart(version); });
          Sleep(200ns);
          agent->life.cancel();
        },
    .explains = {"reporter", "needs a receive on channel \"statuses\" -> only T1",
                 "T1 has finished", "istio_17860.cc:65"},
}};

}  // namespace
}  // namespace catalogue
