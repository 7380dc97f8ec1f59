// SPDX-License-Identifier: Apache-2.0
//
// carter (carter01 of SCTBench): two classes of clients that exclude each other locked each other
// out.
//
// The first client of a class locks the resource for its class, the last one unlocks it. One mutex
// guards the numbers of clients of both classes, and it is held while a class waits for the
// resource: the class that has the resource cannot count itself out.
// The two tasks that do nothing are in the published program, too.
// Fixed: each class counts under a mutex of its own.
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicCarter {
  Mutex resource{"resource"};
  Mutex count{"count"};
  Mutex count_b{"count_b"};
  int clients_a = 0;
  int clients_b = 0;

  void Use(Mutex& mu, int& clients) {
    mu.lock();
    if (++clients == 1) resource.lock();
    mu.unlock();

    mu.lock();
    if (--clients == 0) resource.unlock();
    mu.unlock();
  }
};

const Subject kClassicCarter = {{
    .name = "carter",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicCarter shared;
          Mutex& count_b = version == Version::kFixed ? shared.count_b : shared.count;
          const Task a = Go("class a", [&] { shared.Use(shared.count, shared.clients_a); });
          const Task b = Go("class b", [&] { shared.Use(count_b, shared.clients_b); });
          const Task idle_a = Go("idle a", [] {});
          const Task idle_b = Go("idle b", [] {});
          a.Join();
          b.Join();
          idle_a.Join();
          idle_b.Join();
        },
    .explains = {"2 tasks wait for each other and never go on",
                 "-> needs mutex \"resource\" -> held by T",
                 "-> needs mutex \"count\" -> held by T", "carter.cc:31"},
}};

}  // namespace
}  // namespace catalogue
