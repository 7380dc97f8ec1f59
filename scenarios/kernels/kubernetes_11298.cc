// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#11298: the last signal came before its waiter had begun to wait.
//
// A publisher signals a condition variable until it is told to stop. The notifier locks the mutex
// and, for each signal, starts a waiter, which unlocks that mutex when it waits. When the publisher
// has finished, the notifier signals itself, to wake the waiter of that round, and waits for its
// end. If the waiter has yet to begin, the signal is lost: waiter and notifier, and who waits for
// the notifier, wait for good.
// The mutex is unlocked by tasks that did not lock it.
// Bounded: the task that stops all does so at once, without a sleep, and after three signals the
// publisher only waits for that, else it would spin.
// Fixed: the publisher sends on a channel with room for one, if it is empty, and the notifier
// receives.
#include <chrono>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

constexpr int kKubernetes11298Signals = 3;

template <class F>
void Kubernetes11298Until(F function, const Channel<Done>& stop) {
  while (!stop.TryReceive().closed) {
    function();
    Select(OnReceive(stop), OnReceive(After(0ns)));
  }
}

struct Kubernetes11298 : std::enable_shared_from_this<Kubernetes11298> {
  Mutex mu{kUnowned, "mu"};
  ConditionVariable published{"published"};
  Channel<Done> notifications{1, "notifications"};  // the fixed version's
  Channel<Done> done{0, "done"};
  Channel<Done> publisher_finished{0, "publisher finished"};
  Channel<Done> notifier_finished{0, "notifier finished"};

  void Publish(Version version) {
    for (int signal = 0; signal < kKubernetes11298Signals; ++signal) {
      if (done.TryReceive().closed) return;
      if (version == Version::kBuggy) {
        MutexLock lock(mu);
        published.notify_one();
      } else {
        (void)notifications.TrySend({});
      }
    }
    (void)done.Receive();
  }

  void RunPublisher(Version version) {
    Kubernetes11298Until([&] { Publish(version); }, done);
    publisher_finished.Close();
  }

  void ServeSignals() {
    mu.lock();
    bool serving = true;
    while (serving && !publisher_finished.TryReceive().closed) {
      Channel<Done> woken(0, "woken");
      Go("waiter", [self = shared_from_this(), woken] {
        self->published.wait(self->mu);
        woken.Close();
      });
      const auto wake = [&] {
        published.notify_one();
        (void)woken.Receive();
        serving = false;
      };
      Select(OnReceive(publisher_finished, wake), OnReceive(woken));
    }
    mu.unlock();
  }

  void ServeNotifications() {
    bool serving = true;
    while (serving && !publisher_finished.TryReceive().closed) {
      Select(OnReceive(publisher_finished, [&] { serving = false; }), OnReceive(notifications));
    }
  }

  void RunNotifier(Version version) {
    Go("publisher", [self = shared_from_this(), version] { self->RunPublisher(version); });
    const auto serve = [&] {
      if (version == Version::kBuggy) {
        ServeSignals();
      } else {
        ServeNotifications();
      }
    };
    Kubernetes11298Until(serve, done);
    notifier_finished.Close();
  }
};

const Subject kKubernetes11298 = {{
    .name = "kubernetes_11298",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto node = std::make_shared<Kubernetes11298>();
          Go("notifier", [node, version] { node->RunNotifier(version); });
          Go("stopper", [node] { node->done.Close(); });
          (void)node->notifier_finished.Receive();
        },
    .explains = {"waiter", "-> needs a notify on condition variable \"published\" -> T1 notified",
                 "T1 -> needs a send on channel \"woken\" or its close", "kubernetes_11298.cc:69"},
}};

}  // namespace
}  // namespace catalogue
