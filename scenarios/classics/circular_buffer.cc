// SPDX-License-Identifier: Apache-2.0
//
// circular_buffer (SCTBench): what a consumer took out of a buffer was not what it expected.
//
// Producer and consumer take turns, by a flag under a mutex. In each of its seven rounds the
// producer puts the round's number in, if it is its turn, and the consumer expects its own round's
// number, if it is its turn. But a round in which it is not one's turn is used up all the same:
// from then on, the numbers of their rounds differ.
// Fixed: whose turn it is not waits on a condition variable, and so uses up no round.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicCircularBuffer {
  static constexpr int kRounds = 7;

  Mutex mu{"mu"};
  ConditionVariable turn{"turn"};
  bool producers_turn = true;
  std::array<int, 10> elements = {};
  size_t first = 0;
  size_t next = 0;

  // Whether it is the caller's turn; fixed, it always is in the end.
  bool IsTurn(bool producer, MutexLock& lock, Version version) {
    if (version == Version::kFixed) turn.wait(lock, [&] { return producers_turn == producer; });
    return producers_turn == producer;
  }

  void PassTurn(Version version) {
    producers_turn = !producers_turn;
    if (version == Version::kFixed) turn.notify_one();
  }

  void Produce(Version version) {
    for (int round = 0; round < kRounds; ++round) {
      MutexLock lock(mu);
      if (!IsTurn(true, lock, version)) continue;
      elements[next++ % elements.size()] = round;
      PassTurn(version);
    }
  }

  void Consume(Version version) {
    for (int round = 0; round < kRounds; ++round) {
      MutexLock lock(mu);
      if (!IsTurn(false, lock, version)) continue;
      EXPECT_EQ(elements[first++ % elements.size()], round) << "not the element of this round";
      PassTurn(version);
    }
  }
};

const Subject kClassicCircularBuffer = {{
    .name = "circular_buffer",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicCircularBuffer buffer;
          const Task producer = Go("producer", [&] { buffer.Produce(version); });
          const Task consumer = Go("consumer", [&] { buffer.Consume(version); });
          producer.Join();
          consumer.Join();
        },
    .explains = {"an assertion failed in T2 consumer", "circular_buffer.cc:57: Expected equality",
                 "not the element of this round"},
}};

}  // namespace
}  // namespace catalogue
