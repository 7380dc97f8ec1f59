// SPDX-License-Identifier: Apache-2.0
//
// cockroach#35073: a consumer that failed to start did not close its channel of rows.
//
// Producers push rows as long as the consumer's status says that it needs more; the channel has
// room for 16. The outbox that is to consume them fails at once and says nothing. With the channel
// full, the next push waits for a receiver for good.
// Fixed: the outbox that fails marks itself as closed and makes room for a push that did not see
// it.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

constexpr int kCockroach35073Room = 16;

struct Cockroach35073 {
  enum class Status { kNeedMore, kDrain, kClosed };

  Channel<int> rows{kCockroach35073Room, "rows"};
  Atomic<Status> status{Status::kNeedMore, "status"};
  WaitGroup outbox{"outbox"};
  WaitGroup pushers{"pushers"};

  Status Push() {
    const Status now = status.load();
    if (now == Status::kNeedMore) rows.Send(1);
    return now;
  }

  void RunOutbox(Version version) {
    if (version == Version::kFixed) {
      status.store(Status::kClosed);
      (void)rows.TryReceive();
    }
    outbox.Done();
  }
};

const Subject kCockroach35073 = {{
    .name = "cockroach_35073",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto flow = std::make_shared<Cockroach35073>();
          for (int row = 0; row < kCockroach35073Room; ++row) flow->Push();
          flow->pushers.Add(1);
          Go("pusher", [flow] {
            flow->Push();
            flow->pushers.Done();
          });
          flow->outbox.Add(1);
          Go("outbox", [flow, version] { flow->RunOutbox(version); });
          flow->outbox.Wait();
          flow->Push();
        },
    .explains = {"T0 -> needs a receive on channel \"rows\" -> no other task receives there",
                 "T1 -> needs a receive on channel \"rows\" -> no other task receives there",
                 "it is full of values of T0", "cockroach_35073.cc:32"},
}};

}  // namespace
}  // namespace catalogue
