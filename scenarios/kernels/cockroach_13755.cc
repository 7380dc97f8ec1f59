// SPDX-License-Identifier: Apache-2.0
//
// cockroach#13755: the rows of a query were never closed.
//
// With the rows comes a task that waits for their context and then closes them. Only closing the
// rows cancels that context, and the reader of the rows returned without it.
// Fixed: the reader closes them.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach13755 {
  CancelableContext query = WithCancel(Background());

  void AwaitDone() {
    (void)query.context.Done().Receive();
    Close();
  }

  void Close() { query.cancel(); }
};

const Subject kCockroach13755 = {{
    .name = "cockroach_13755",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto rows = std::make_shared<Cockroach13755>();
          Go("closer", [rows] { rows->AwaitDone(); });
          if (version == Version::kFixed) rows->Close();
        },
    .explains = {"T1 closer", "T1 -> needs context", "to be cancelled -> nobody cancelled it",
                 "cockroach_13755.cc:22"},
}};

}  // namespace
}  // namespace catalogue
