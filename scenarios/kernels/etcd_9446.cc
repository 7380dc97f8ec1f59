// SPDX-License-Identifier: Apache-2.0
//
// etcd#9446: the buffer of a transaction was reset while it was read.
//
// The reset walks over the map of buckets and erases each; a read looks one up. Both run in tasks of
// their own and share no lock.
// Fixed: the reset takes the lock of read transactions exclusively, the read shares it.
#include <map>
#include <string>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Etcd9446 {
  Variable<std::map<std::string, int>> buckets{{{"key", 1}}, "buckets"};
  SharedMutex mu{"mu"};

  void Reset(Version version) {
    if (version == Version::kFixed) mu.lock();
    {
      auto&& all = buckets.Write();
      for (auto bucket = all->begin(); bucket != all->end();) bucket = all->erase(bucket);
    }
    if (version == Version::kFixed) mu.unlock();
  }

  void Find(Version version) {
    if (version == Version::kFixed) mu.lock_shared();
    (void)buckets.Read()->contains("key");
    if (version == Version::kFixed) mu.unlock_shared();
  }

  static void Run(Version version) {
    Etcd9446 buffer;
    WaitGroup tasks("tasks");
    tasks.Go("test", [&] {
      tasks.Go("resetter", [&] { buffer.Reset(version); });
      tasks.Go("reader", [&] { buffer.Find(version); });
    });
    tasks.Wait();
  }
};

const Subject kEtcd9446 = {{
    .name = "etcd_9446",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Etcd9446<Shared>::Run,
    .plain = Etcd9446<Plain>::Run,
    .explains = {"two accesses to variable \"buckets\" are not ordered",
                 "read of variable \"buckets\" by T1.2 reader at etcd_9446.cc:36",
                 "write of variable \"buckets\" by T1.1 resetter at etcd_9446.cc:28"},
}};

}  // namespace
}  // namespace catalogue
