// SPDX-License-Identifier: Apache-2.0
//
// etcd#7902: followers of an election waited for the leader while they held the leader's lock.
//
// In each round every client notes the channel of the current generation and then releases the
// round, under the lock: the leader closes the channel and puts a new one in its place, and all,
// the leader too, wait until the one they noted is closed. A follower that gets there before the
// leader waits with the lock held that the leader needs to close the channel. (So does one that
// notes the last channel, which nobody closes.) The driver waits for its clients. Two rounds and
// one follower instead of 100 and two.
// Fixed: nobody waits under the lock. And in each round the leader first collects a token from
// every follower, sent when it has noted its channel, or a follower could note one that nobody
// closes.
#include <gtest/gtest.h>

#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Etcd7902 {
  static constexpr int kRounds = 2;
  static constexpr int kFollowers = 1;

  Mutex mu{"mu"};
  Channel<int> next{0, "next"};
  Channel<int> noted{0, "noted"};
  WaitGroup clients{"clients"};

  void RunClient(bool leads, Version version) {
    int progress = 0;
    for (int round = 0; round < kRounds; ++round) {
      mu.lock();
      const Channel<int> mine = next;
      mu.unlock();
      ++progress;
      version == Version::kBuggy ? Release(leads, mine) : ReleaseUnlocked(leads, mine);
    }
    EXPECT_EQ(progress, kRounds);
  }

  void Release(bool leads, const Channel<int>& mine) {
    MutexLock lock(mu);
    if (leads) NextGeneration();
    (void)mine.Receive();
  }

  void ReleaseUnlocked(bool leads, const Channel<int>& mine) {
    if (leads) {
      for (int i = 0; i < kFollowers; ++i) (void)noted.Receive();
      MutexLock lock(mu);
      NextGeneration();
    } else {
      noted.Send(1);
    }
    (void)mine.Receive();
  }

  void NextGeneration() {
    next.Close();
    next = Channel<int>(0, "next");
  }

  static void Drive(const std::shared_ptr<Etcd7902>& election, Version version) {
    election->clients.Go("leader", [=] { election->RunClient(/*leads=*/true, version); });
    for (int i = 0; i < kFollowers; ++i) {
      election->clients.Go("follower", [=] { election->RunClient(/*leads=*/false, version); });
    }
    election->clients.Wait();
  }
};

const Subject kEtcd7902 = {{
    .name = "etcd_7902",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto election = std::make_shared<Etcd7902>();
          Go("driver", [election, version] { Etcd7902::Drive(election, version); });
        },
    .explains = {"T1.2 follower receive from channel \"next\" etcd_7902.cc:50 mutex \"mu\"",
                 "T1.2 -> needs a send on channel \"next\" or its close",
                 "T1 -> needs wait group \"clients\""},
}};

}  // namespace
}  // namespace catalogue
