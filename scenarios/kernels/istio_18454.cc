// SPDX-License-Identifier: Apache-2.0
//
// istio#18454: a timer was stopped and drained though its tick had been taken already.
//
// A processor takes events. The first one arms a timer and starts a loop that takes its ticks; each
// later one asks the loop to arm the timer anew. For that the loop stops the timer and, if it is
// too late to stop it, receives its tick. If the loop has taken that tick in an earlier round, none
// is left and it waits for good. With two more events to come, the processor fills the channel of
// requests and waits as well, where it cannot be stopped.
// Scaled: 4 events, not 1024. The processor sleeps 1 ns after each, so that a tick may come in
// between.
// Fixed: the loop takes the tick only if there is one, and the processor gives up a request when it
// is stopped.
#include <chrono>
#include <memory>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

constexpr int kIstio18454Events = 4;

struct Istio18454 : std::enable_shared_from_this<Istio18454> {
  Channel<int> events{kIstio18454Events, "events"};
  Channel<Done> resets{1, "resets"};
  Mutex mu{"mu"};
  std::optional<Timer> timer;  // whether there is one is guarded by mu
  CancelableContext processing = WithCancel(Background());
  CancelableContext handling = WithCancel(Background());

  void Process(Version version) {
    bool stopped = false;
    const auto stop = [&] {
      handling.cancel();
      stopped = true;
    };
    const auto handle = [&] {
      OnChange(version);
      Sleep(1ns);
    };
    while (!stopped) {
      Select(OnReceive(processing.context.Done(), stop), OnReceive(events, handle));
    }
  }

  void OnChange(Version version) {
    mu.lock();
    if (!timer) {
      timer.emplace(1ns, "timer");
      Go("event loop", [self = shared_from_this(), version] { self->HandleTicks(version); });
      return mu.unlock();
    }
    mu.unlock();
    if (version == Version::kBuggy) {
      resets.Send({});
    } else {
      Select(OnSend(resets, Done{}), OnReceive(processing.context.Done()));
    }
  }

  void HandleTicks(Version version) {
    bool stopped = false;
    while (!stopped) {
      Select(OnReceive(timer->C()), OnReceive(resets, [&] { Rearm(version); }),
             OnReceive(handling.context.Done(), [&] { stopped = true; }));
    }
    timer->Stop();
  }

  void Rearm(Version version) {
    if (!timer->Stop()) {
      if (version == Version::kBuggy) {
        (void)timer->C().Receive();
      } else {
        (void)timer->C().TryReceive();
      }
    }
    timer->Reset(1ns);
  }
};

const Subject kIstio18454 = {{
    .name = "istio_18454",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto handler = std::make_shared<Istio18454>();
          for (int event = 0; event < kIstio18454Events; ++event) handler->events.Send(event);
          Go("processor", [handler, version] { handler->Process(version); });
          handler->processing.cancel();
        },
    .explains = {"T1.1 event loop", "T1.1 -> needs timer \"timer\" to fire", "istio_18454.cc:79"},
}};

}  // namespace
}  // namespace catalogue
