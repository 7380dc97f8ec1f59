// SPDX-License-Identifier: Apache-2.0
#include "bench/workloads.h"

#include "heddle/sync/channel.h"

namespace heddle::bench {

void PassValues() {
  Channel<int> channel(4);
  int sum = 0;
  Task producer = Go([&channel] {
    for (int i = 0; i < 100; ++i) channel.Send(i);
  });
  Task consumer = Go([&channel, &sum] {
    for (int i = 0; i < 100; ++i) sum += *channel.Receive();
  });
  producer.Join();
  consumer.Join();
  Require(sum == 4950);
}

void SpawnAndJoin() {
  Task tasks[4];
  for (Task& task : tasks) task = Go([] {});
  for (Task& task : tasks) task.Join();
}

void YieldInTurn() {
  Task tasks[4];
  for (Task& task : tasks) {
    task = Go([] {
      for (int i = 0; i < 100; ++i) Yield();
    });
  }
  for (Task& task : tasks) task.Join();
}

}  // namespace heddle::bench
