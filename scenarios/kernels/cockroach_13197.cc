// SPDX-License-Identifier: Apache-2.0
//
// cockroach#13197: a transaction was begun and never ended.
//
// Beginning one starts a task that waits until the transaction's context is cancelled, which is
// what the end of the transaction does. Whoever began it returns without rollback or commit.
// Fixed: it is rolled back.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach13197 {
  CancelFunc cancel;

  static Cockroach13197 Begin() {
    CancelableContext transaction = WithCancel(Background());
    Go("watcher", [context = transaction.context] { (void)context.Done().Receive(); });
    return {transaction.cancel};
  }

  void Rollback() { cancel(); }
};

const Subject kCockroach13197 = {{
    .name = "cockroach_13197",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Cockroach13197 transaction = Cockroach13197::Begin();
          if (version == Version::kFixed) transaction.Rollback();
        },
    .explains = {"T1 watcher", "T1 -> needs context", "to be cancelled -> nobody cancelled it",
                 "cockroach_13197.cc:21"},
}};

}  // namespace
}  // namespace catalogue
