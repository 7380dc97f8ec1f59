// SPDX-License-Identifier: Apache-2.0
//
// queue (SCTBench): what was taken from a queue was not what had been stored at that place.
//
// A producer puts 0 in and then, in each of 19 rounds in which it is its turn, the next number; it
// notes each in an array. A consumer, in each of 20 rounds in which it is its turn, takes one out
// and compares it with the note. Both find the note by the number of the round, and count rounds
// also when it was not their turn: the notes get holes, and the consumer looks at the wrong one.
// Nearly every schedule shows it; of a random walk's, about one in 5,000 does not.
// Fixed: both count the elements.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct ClassicQueue {
  static constexpr int kSize = 20;

  Mutex mu{"mu"};
  bool producers_turn = true;
  std::array<int, kSize> elements = {};
  std::array<int, kSize> notes = {};
  int put = 0;
  int taken = 0;

  void Put(int value, int note) {
    elements[put++] = value;
    notes[note] = value;
  }

  void Produce(Version version) {
    mu.lock();
    Put(0, 0);
    mu.unlock();
    for (int round = 1; round < kSize; ++round) {
      MutexLock lock(mu);
      if (!producers_turn) continue;
      Put(put, version == Version::kFixed ? put : round);
      producers_turn = false;
    }
  }

  void Consume(Version version) {
    for (int round = 0; round < kSize; ++round) {
      MutexLock lock(mu);
      if (producers_turn) continue;
      const int note = version == Version::kFixed ? taken : round;
      EXPECT_EQ(elements[taken++], notes[note]) << "looked up note " << note;
      producers_turn = true;
    }
  }
};

const Subject kClassicQueue = {{
    .name = "queue",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kMost,
    .body =
        [](Version version) {
          ClassicQueue queue;
          const Task producer = Go("producer", [&] { queue.Produce(version); });
          const Task consumer = Go("consumer", [&] { queue.Consume(version); });
          producer.Join();
          consumer.Join();
        },
    .explains = {"an assertion failed in T2 consumer", "queue.cc:56: Expected equality",
                 "looked up note"},
}};

}  // namespace
}  // namespace catalogue
