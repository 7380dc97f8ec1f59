// SPDX-License-Identifier: Apache-2.0
//
// cockroach#1055: a stopper waited for its workers with the mutex held that they need to register.
//
// A worker looks whether the stopper drains and, if not, registers a task under its mutex; then it
// waits until it is stopped. Stopping holds the mutex while it waits for the registered tasks and
// for the workers to stop. A worker that has looked and not yet locked waits for the mutex, the
// stopper for the worker, the body for the stopper. Besides, no task is ever counted out: a worker
// that registers before the stopper drains hangs it just so. Only where all three see a stopper that
// drains does the program end. (The flag is read and written as an atomic everywhere; the original
// once does not.)
// Fixed: the flag belongs to the mutex, which is released before anything is waited for, and a task is
// counted out when it is over.
//
// cockroach_1055_window, among the classics, counts tasks out in the buggy version, too: what is left is
// the worker between its look and its lock, held up while the stopper takes 17 steps. A random
// walk shows that about once in 35,000 schedules, the other strategies once in some ten.
#include <array>
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

// What is wrong.
struct Cockroach1055Mistakes {
  bool waits_locked = false;
  bool never_counts_out = false;
};

struct Cockroach1055 {
  Mutex mu{"mu"};
  Channel<int> stopper{0, "stopper"};
  WaitGroup stop{"stop"};
  WaitGroup drain{"drain"};
  Atomic<int> draining{0, "draining"};

  bool StartTask(Cockroach1055Mistakes mistakes) {
    if (mistakes.waits_locked && draining.load() != 0) return false;
    MutexLock lock(mu);
    if (!mistakes.waits_locked && draining.load() != 0) return false;
    drain.Add(1);
    return true;
  }

  void Work(Cockroach1055Mistakes mistakes) {
    if (StartTask(mistakes) && !mistakes.never_counts_out) drain.Done();
    (void)stopper.Receive();
    stop.Done();
  }

  void Quiesce(Cockroach1055Mistakes mistakes) {
    mu.lock();
    draining.store(1);
    if (!mistakes.waits_locked) mu.unlock();
    drain.Wait();
    if (!mistakes.waits_locked) mu.lock();
    draining.store(0);
    mu.unlock();
  }

  void Stop(Cockroach1055Mistakes mistakes) {
    mu.lock();
    draining.store(1);
    if (!mistakes.waits_locked) mu.unlock();
    drain.Wait();
    stopper.Close();
    stop.Wait();
    if (mistakes.waits_locked) mu.unlock();
  }
};

struct Cockroach1055Test {
  std::array<Cockroach1055, 3> stoppers;
  Channel<int> done{0, "done"};

  void Drain(Cockroach1055Mistakes mistakes) {
    for (Cockroach1055& stopper : stoppers) stopper.Quiesce(mistakes);
    for (Cockroach1055& stopper : stoppers) stopper.Stop(mistakes);
    done.Close();
  }

  static void Run(Cockroach1055Mistakes mistakes) {
    auto test = std::make_shared<Cockroach1055Test>();
    for (Cockroach1055& stopper : test->stoppers) {
      stopper.stop.Add(1);
      Go("worker", [test, &stopper, mistakes] { stopper.Work(mistakes); });
    }
    Go("drainer", [test, mistakes] { test->Drain(mistakes); });
    (void)test->done.Receive();
  }
};

const Subject kCockroach1055 = {{
    .name = "cockroach_1055",
    .expected = Verdict::kDeadlock,
    .when = When::kMost,
    .body =
        [](Version version) {
          const bool buggy = version == Version::kBuggy;
          Cockroach1055Test::Run({.waits_locked = buggy, .never_counts_out = buggy});
        },
    .explains = {"T4 -> needs wait group"},
}};

const Subject kCockroach1055Window = {{
    .name = "cockroach_1055_window",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          Cockroach1055Test::Run({.waits_locked = version == Version::kBuggy});
        },
    .explains = {"needs mutex \"mu\" -> held by T4",
                 "T4 -> needs wait group \"stop\" (counter 1) to reach 0"},
}};

}  // namespace
}  // namespace catalogue
