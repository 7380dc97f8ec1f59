// SPDX-License-Identifier: Apache-2.0
//
// Dining philosophers: everybody took the left fork first.
//
// Five philosophers sit around a table, a fork between any two. Each takes the left fork, then the
// right one, eats, and lays them down, twice. When each has the left fork, each waits for the
// neighbour's.
// Fixed: the forks are numbered, and everybody takes the one with the lower number first: the last
// philosopher begins on the right.
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Philosophers {
  Mutex forks[5] = {Mutex("fork 0"), Mutex("fork 1"), Mutex("fork 2"), Mutex("fork 3"),
                    Mutex("fork 4")};

  void Dine(Version version, int seat) {
    int first = seat;
    int second = (seat + 1) % 5;
    if (version == Version::kFixed && second < first) std::swap(first, second);
    for (int meal = 0; meal < 2; ++meal) {
      MutexLock one(forks[first]);
      MutexLock other(forks[second]);
    }
  }

  static void Run(Version version) {
    Philosophers table;
    WaitGroup guests("guests");
    for (int seat = 0; seat < 5; ++seat) {
      guests.Go("philosopher", [&table, version, seat] { table.Dine(version, seat); });
    }
    guests.Wait();
  }
};

const Subject kPhilosophers = {{
    .name = "philosophers",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = Philosophers::Run,
    .explains = {"5 tasks wait for each other and never go on",
                 "T1 -> needs mutex \"fork 1\" -> held by T2",
                 "T5 -> needs mutex \"fork 0\" -> held by T1", "philosophers.cc:30"},
}};

}  // namespace
}  // namespace catalogue
