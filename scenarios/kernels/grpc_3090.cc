// SPDX-License-Identifier: Apache-2.0
//
// grpc#3090: a resolver was used before its constructor had stored it.
//
// Building the resolver reports a first state at once, upon which a task is spawned that polls: it
// reads the resolver and calls it, under a mutex. The builder stores the resolver when the build
// has returned, without that mutex. The poll may find it missing; it does without then, as here the
// race is the verdict.
// Fixed: building and storing are one under a mutex of their own, which the poll takes before it
// reads. (Not the mutex of the poll, which the build takes itself.)
#include <chrono>
#include <memory>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Grpc3090Resolver {
  int resolved = 0;
  void ResolveNow() { ++resolved; }
};

template <template <class> class Variable>
struct Grpc3090 {
  Mutex mu{"mu"};
  Mutex resolver_mu{"resolver_mu"};
  Grpc3090Resolver built;
  Variable<Grpc3090Resolver*> resolver{nullptr, "resolver"};
  WaitGroup tests{"tests"};

  void Poll(Version version) {
    if (version == Version::kFixed) resolver_mu.lock();
    mu.lock();
    if (Grpc3090Resolver* known = resolver.Get()) known->ResolveNow();
    mu.unlock();
    if (version == Version::kFixed) resolver_mu.unlock();
  }

  static Grpc3090Resolver* Build(std::shared_ptr<Grpc3090> wrapper, Version version) {
    MutexLock lock(wrapper->mu);
    Go("poll", [wrapper, version] { wrapper->Poll(version); });
    return &wrapper->built;
  }

  static void Test(std::shared_ptr<Grpc3090> wrapper, Version version) {
    if (version == Version::kFixed) wrapper->resolver_mu.lock();
    wrapper->resolver.Set(Build(wrapper, version));
    if (version == Version::kFixed) wrapper->resolver_mu.unlock();
    Sleep(5ms);
    wrapper->tests.Done();
  }

  static void Run(Version version) {
    auto wrapper = std::make_shared<Grpc3090>();
    wrapper->tests.Add(1);
    Go("test", [wrapper, version] { Test(wrapper, version); });
    wrapper->tests.Wait();
  }
};

const Subject kGrpc3090 = {{
    .name = "grpc_3090",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Grpc3090<Shared>::Run,
    .plain = Grpc3090<Plain>::Run,
    .explains = {"two accesses to variable \"resolver\" are not ordered",
                 "write of variable \"resolver\" by T1 test at grpc_3090.cc:53",
                 "read of variable \"resolver\" by T1.1 poll at grpc_3090.cc:40"},
}};

}  // namespace
}  // namespace catalogue
