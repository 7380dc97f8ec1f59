// SPDX-License-Identifier: Apache-2.0
//
// twostage_N (SCTBench): a reader saw the first stage of an update and not the second.
//
// A writer sets the first variable under one mutex and computes the second from it under another. A
// reader that finds the first variable set expects the second to match it; between the two stages
// it does not. Once any writer has finished, all readers are content: the more writers there are,
// the shorter the time in which a reader can fail. The variables are atomic, so that it is the
// reader's expectation that fails and not a race.
// The larger ones are beyond a random walk: a reader must get through all of its steps before any writer has
// written the second variable, which it does if it is the first at the second mutex.
// Fixed: a writer holds the first mutex over both stages.
#include <gtest/gtest.h>

#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <int kWriters, int kReaders>
struct ClassicTwostage {
  Mutex mu1{"mu1"};
  Mutex mu2{"mu2"};
  Atomic<int> data1{0, "data1"};
  Atomic<int> data2{0, "data2"};

  void Write(Version version) {
    mu1.lock();
    data1.store(1);
    if (version == Version::kBuggy) mu1.unlock();

    mu2.lock();
    data2.store(data1.load() + 1);
    mu2.unlock();
    if (version == Version::kFixed) mu1.unlock();
  }

  void Read() {
    mu1.lock();
    const int first = data1.load();
    mu1.unlock();
    if (first == 0) return;

    mu2.lock();
    const int second = data2.load();
    mu2.unlock();
    EXPECT_EQ(second, first + 1) << "the second stage is still to come";
  }

  static void Run(Version version) {
    ClassicTwostage stages;
    std::vector<Task> tasks;
    for (int i = 0; i < kWriters; ++i) {
      tasks.push_back(Go("writer", [&] { stages.Write(version); }));
    }
    for (int i = 0; i < kReaders; ++i) tasks.push_back(Go("reader", [&] { stages.Read(); }));
    for (const Task& task : tasks) task.Join();
  }
};

SubjectInfo ClassicTwostageInfo(const char* name, Body body, Bar bar = {}) {
  return {
      .name = name,
      .suite = Suite::kClassics,
      .expected = Verdict::kAssertion,
      .when = When::kSome,
      .body = body,
      .explains = {"twostage.cc:52: Expected equality", "the second stage is still to come",
                   "load data1 -> 1"},
      .bar = bar,
  };
}

const Subject kClassicTwostage2 = ClassicTwostageInfo("twostage_2", ClassicTwostage<1, 1>::Run);
const Subject kClassicTwostage20 = ClassicTwostageInfo("twostage_20", ClassicTwostage<10, 10>::Run);
const Subject kClassicTwostage50 = ClassicTwostageInfo("twostage_50", ClassicTwostage<40, 10>::Run);
const Subject kClassicTwostage100 =
    ClassicTwostageInfo("twostage_100", ClassicTwostage<99, 1>::Run, {.median = 300});

}  // namespace
}  // namespace catalogue
