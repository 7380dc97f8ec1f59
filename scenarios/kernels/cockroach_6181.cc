// SPDX-License-Identifier: Apache-2.0
//
// cockroach#6181: printing the cache of ranges read-locked it once more.
//
// A lookup prints the cache under its read lock, and printing takes the read lock again. A lookup
// that is done with that asks for the write lock. If it asks between the two read locks of another,
// the second of these queues up behind it, and it waits for the first. That is a cycle of owners,
// so a deadlock though the body has returned.
// Fixed: a lookup prints by the variant that expects the lock to be held.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Cockroach6181 {
  SharedMutex cache{"range cache"};
  WaitGroup lookups{"lookups"};

  void Print() { ReaderLock lock(cache); }

  void Lookup(Version version) {
    {
      ReaderLock lock(cache);
      if (version == Version::kBuggy) Print();
    }
    WriterLock lock(cache);
  }

  static void Test(const std::shared_ptr<Cockroach6181>& ranges, Version version) {
    for (int i = 0; i < 3; ++i) {
      ranges->lookups.Go("lookup", [ranges, version] { ranges->Lookup(version); });
    }
    ranges->lookups.Wait();
  }
};

const Subject kCockroach6181 = {{
    .name = "cockroach_6181",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto ranges = std::make_shared<Cockroach6181>();
          Go("test", [ranges, version] { Cockroach6181::Test(ranges, version); });
        },
    .explains = {"to leave -> read by T1.", "cockroach_6181.cc:24", "cockroach_6181.cc:31",
                 "do not lock_shared again while reading: a writer that came in between keeps new "
                 "readers out"},
}};

}  // namespace
}  // namespace catalogue
