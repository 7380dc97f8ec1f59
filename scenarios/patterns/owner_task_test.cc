// SPDX-License-Identifier: Apache-2.0
//
// State that one task owns: the others do not touch it, they send requests and await replies, and no
// lock is needed. Wrong, first: an auditor reads the state directly, a race with its owner. Wrong,
// second: nobody closes the requests, and the owner waits for the next one for ever, a leak. Right: all
// access is by request, and whoever started the owner closes the requests when the clients are done.
#include <map>
#include <memory>
#include <string>

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
using testing::Field;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct Deposit {
  std::string account;
  int amount;
  Sender<int> reply;  // the new balance
};

struct Ledger {
  Shared<std::map<std::string, int>> balances{{}, "balances"};
  Channel<Deposit> requests{0, "requests"};

  // What the owner does.
  void Serve() {
    for (Deposit& deposit : requests) {
      deposit.reply.Send(
          balances.Update([&](auto& owned) { return owned[deposit.account] += deposit.amount; }));
    }
  }

  // What everybody else does.
  int Add(const std::string& account, int amount) {
    Channel<int> reply(1, "reply");
    requests.Send({account, amount, reply});
    return reply.Receive().value();
  }
};

enum class LedgerMistake { kNone, kReadsDirectly, kNobodyCloses };

void RunLedger(LedgerMistake mistake) {
  auto ledger = std::make_shared<Ledger>();
  Go("owner", [ledger] { ledger->Serve(); });
  WaitGroup clients("clients");
  clients.Go("payer", [&] { ledger->Add("alice", 10); });
  clients.Go("auditor", [&] {
    const int balance = mistake == LedgerMistake::kReadsDirectly
                            ? ledger->balances.Read()->count("alice")
                            : ledger->Add("alice", 0);
    EXPECT_GE(balance, 0);
  });
  clients.Wait();
  EXPECT_EQ(ledger->Add("alice", 1), 11);
  if (mistake != LedgerMistake::kNobodyCloses) ledger->requests.Close();
}

TEST(OwnerTask, ReadingDirectlyRaces) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { RunLedger(LedgerMistake::kReadsDirectly); },
                            {.name = "reads directly", .schedules = 20, .seed = seed});
    EXPECT_THAT(report, FindsRace("two accesses to variable \"balances\" are not ordered"));
    EXPECT_THAT(report.accesses, UnorderedElementsAre(Field(&AccessReport::task, "T1 owner"),
                                                      Field(&AccessReport::task, "T3 auditor")));
  }
}

TEST(OwnerTask, RequestsThatNobodyClosesLeakTheOwner) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Report report = Explore([] { RunLedger(LedgerMistake::kNobodyCloses); },
                            {.name = "nobody closes", .schedules = 1, .seed = seed});
    EXPECT_THAT(report, FindsLeak("T1 -> needs a send on channel \"requests\" or its close -> only "
                                  "T0, T2, T3 send or close there: they have finished"));
    EXPECT_THAT(report.tasks.at(0).spawned_at, HasSubstr("owner_task_test.cc:"));
  }
}

HEDDLE_TEST(OwnerTask, RequestsOnlySurvives, .schedules = 10'000) {
  RunLedger(LedgerMistake::kNone);
}

// For scripts/score.
const Subject kOwnerTaskReads = {{
    .name = "owner_task_direct_read",
    .suite = Suite::kPatterns,
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body =
        [](Version version) {
          RunLedger(version == Version::kBuggy ? LedgerMistake::kReadsDirectly
                                               : LedgerMistake::kNone);
        },
    .explains = {"two accesses to variable \"balances\" are not ordered", "by T3 auditor",
                 "by T1 owner"},
}};

const Subject kOwnerTaskOpen = {{
    .name = "owner_task_never_closed",
    .suite = Suite::kPatterns,
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          RunLedger(version == Version::kBuggy ? LedgerMistake::kNobodyCloses
                                               : LedgerMistake::kNone);
        },
    .explains = {"T1 owner", "T1 -> needs a send on channel \"requests\" or its close"},
}};

}  // namespace
