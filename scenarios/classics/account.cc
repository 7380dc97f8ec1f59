// SPDX-License-Identifier: Apache-2.0
//
// account (SCTBench): an audit that comes after a deposit and a withdrawal found the wrong balance.
//
// A deposit, a withdrawal and an audit each lock the account, in no order. The audit expects
// something only once both bookings are done, and then something wrong: it takes the deposit away
// where it was added. If the audit comes first or in between, nobody notices.
// Fixed: the audit adds the deposit.
#include <gtest/gtest.h>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicAccount {
  static constexpr int kInitial = 1;
  static constexpr int kDeposit = 2;
  static constexpr int kWithdrawal = 4;

  Mutex mu{"mu"};
  int balance = kInitial;
  bool deposited = false;
  bool withdrawn = false;

  void Deposit() {
    MutexLock lock(mu);
    balance += kDeposit;
    deposited = true;
  }

  void Withdraw() {
    MutexLock lock(mu);
    balance -= kWithdrawal;
    withdrawn = true;
  }

  void Audit(Version version) {
    MutexLock lock(mu);
    if (!deposited || !withdrawn) return;
    const int deposit = version == Version::kFixed ? kDeposit : -kDeposit;
    EXPECT_EQ(balance, kInitial + deposit - kWithdrawal) << "after both bookings";
  }
};

const Subject kClassicAccount = {{
    .name = "account",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicAccount account;
          const Task audit = Go("audit", [&] { account.Audit(version); });
          const Task deposit = Go("deposit", [&] { account.Deposit(); });
          const Task withdrawal = Go("withdrawal", [&] { account.Withdraw(); });
          withdrawal.Join();
          deposit.Join();
          audit.Join();
        },
    .explains = {"an assertion failed in T1 audit", "account.cc:45: Expected equality",
                 "balance Which is: -1", "kInitial + deposit - kWithdrawal Which is: -5"},
}};

}  // namespace
}  // namespace catalogue
