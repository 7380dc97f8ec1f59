// SPDX-License-Identifier: Apache-2.0
//
// A semaphore permit lost on an error path. Wrong: release stands only at the end of the good path.
// Right: a guard releases on every path.
#include "catalogue/subject.h"
#include "heddle/gtest/heddle_test.h"
#include "heddle/gtest/matchers.h"
#include "heddle/heddle.h"

namespace {

using namespace heddle;
using catalogue::Subject;
using catalogue::Suite;
using catalogue::Version;
using catalogue::When;

class Permit {
 public:
  explicit Permit(Semaphore& semaphore) : semaphore_(semaphore) { semaphore_.acquire(); }
  ~Permit() { semaphore_.release(); }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  Semaphore& semaphore_;
};

// The query fails for one of the clients.
bool QueryFails(int client) { return client == 1; }

void QueryByHand(Semaphore& connections, int client) {
  connections.acquire();
  if (QueryFails(client)) return;
  connections.release();
}

void QueryGuarded(Semaphore& connections, int client) {
  Permit permit(connections);
  if (QueryFails(client)) return;
}

void Serve(void (*query)(Semaphore&, int)) {
  Semaphore connections(1, "connections");
  Task first = Go("client 1", [&] { query(connections, 1); });
  Task second = Go("client 2", [&] { query(connections, 2); });
  first.Join();
  second.Join();
}

TEST(LostPermit, ByHandDeadlocks) {
  Report report = Explore([] { Serve(QueryByHand); }, {.name = "permit by hand"});
  EXPECT_THAT(report, FindsDeadlock("finished without releasing it"));
}

HEDDLE_TEST(LostPermit, GuardedSurvives, .schedules = 10'000) { Serve(QueryGuarded); }

// For scripts/score.
const Subject kLostPermit = {{
    .name = "lost_permit",
    .suite = Suite::kPatterns,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = [](Version version) { Serve(version == Version::kBuggy ? QueryByHand : QueryGuarded); },
    .explains = {"needs a permit of semaphore \"connections\"", "finished without releasing it"},
}};

}  // namespace
