// SPDX-License-Identifier: Apache-2.0
//
// cockroach#2448: two loops that feed each other through unbuffered channels waited for each other.
//
// The producer polls for callbacks to run and, when there is none, offers an event. The consumer
// receives an event and, while it handles it, offers a callback. If the producer polls just before
// that offer, it offers its next event to a consumer that offers a callback: each waits for the
// other to receive.
// Bounded: after three events the producer stops both, else no schedule without the bug would end.
// Fixed: the producer queues its events and offers the first while it waits for callbacks.
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

constexpr int kCockroach2448Events = 3;

struct Cockroach2448 {
  using Function = std::function<void()>;
  Channel<Function> events{0, "events"};  // each by what its receiver is to call
  Channel<Function> callbacks{0, "callbacks"};
  Channel<Done> stop{0, "stop"};

  void Consume() {
    bool stopped = false;
    while (!stopped) {
      Select(OnReceive(stop, [&] { stopped = true; }),
             OnReceive(events, [](std::optional<Function> event) { (*event)(); }));
    }
  }

  Function MakeEvent() {
    return [this] { Select(OnSend(callbacks, [] { Sleep(1ns); }), OnReceive(stop)); };
  }

  static void Run(std::optional<Function> callback) { (*callback)(); }

  void Produce() {
    for (int sent = 0; sent < kCockroach2448Events;) {
      const auto offer = [&] {
        Select(OnSend(events, MakeEvent(), [&] { ++sent; }), OnReceive(stop));
      };
      Select(OnReceive(stop), OnReceive(callbacks, Run), Default(offer));
    }
    stop.Close();
  }

  void ProduceQueued() {
    std::deque<Function> queue;
    int made = 0;
    while (made < kCockroach2448Events || !queue.empty()) {
      if (made < kCockroach2448Events) {
        queue.push_back(MakeEvent());
        ++made;
      }
      Select(OnReceive(stop), OnReceive(callbacks, Run),
             OnSend(events, queue.front(), [&] { queue.pop_front(); }));
    }
    stop.Close();
  }
};

const Subject kCockroach2448 = {{
    .name = "cockroach_2448",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto store = std::make_shared<Cockroach2448>();
          Go("consumer", [store] { store->Consume(); });
          Go("producer", [store, version] {
            if (version == Version::kBuggy) {
              store->Produce();
            } else {
              store->ProduceQueued();
            }
          });
        },
    .explains = {"T1 -> needs a receive on channel \"callbacks\" -> only T2 receives there: T2 is "
                 "blocked, too",
                 "T2 -> needs a receive on channel \"events\" -> only T1 receives there: T1 is "
                 "blocked, too",
                 "cockroach_2448.cc:43"},
}};

}  // namespace
}  // namespace catalogue
