// SPDX-License-Identifier: Apache-2.0
//
// cockroach#35501: validators of a schema change read the loop's variable, not their own check.
//
// A backfill copies each of ten checks into one variable, which all iterations share, and spawns a
// validator that reads the name of its check there. Nothing orders that with the next iteration,
// which overwrites it. The backfill waits for none of them.
// Fixed: each validator gets a copy of its own.
#include <gtest/gtest.h>

#include <memory>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach35501Check {
  int name = 0;
};

template <template <class> class Variable>
struct Cockroach35501 {
  Variable<Cockroach35501Check> current{{}, "current"};
  WaitGroup backfills{"backfills"};

  static void Validate(Cockroach35501Check check) { EXPECT_GT(check.name, 0); }

  static void Backfill(std::shared_ptr<Cockroach35501> change, Version version) {
    for (int name = 1; name <= 10; ++name) {
      change->current.Set({name});
      if (version == Version::kFixed) {
        Go("validator", [own = change->current.Get()] { Validate(own); });
      } else {
        Go("validator", [change] { Validate(change->current.Get()); });
      }
    }
    change->backfills.Done();
  }

  static void Run(Version version) {
    auto change = std::make_shared<Cockroach35501>();
    change->backfills.Add(1);
    Go("backfill", [change, version] { Backfill(change, version); });
    change->backfills.Wait();
  }
};

const Subject kCockroach35501 = {{
    .name = "cockroach_35501",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Cockroach35501<Shared>::Run,
    .plain = Cockroach35501<Plain>::Run,
    .explains = {"two accesses to variable \"current\" are not ordered",
                 "write of variable \"current\" by T1 backfill at cockroach_35501.cc:35",
                 "validator at cockroach_35501.cc:39"},
}};

}  // namespace
}  // namespace catalogue
