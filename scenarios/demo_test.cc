// SPDX-License-Identifier: Apache-2.0
//
// What scripts/demo shows: a real deadlock found, explained and replayed, and the fixed program
// that survives. The first test fails, as it should.
#include "heddle/gtest/heddle_test.h"
#include "heddle/heddle.h"

namespace {

using heddle::Channel;
using heddle::Go;
using heddle::Mutex;
using heddle::MutexLock;
using heddle::Task;

// The producer puts orders on a channel with room for one; the consumer ships them. Both keep the
// cart's books under a mutex.
struct Shop {
  Mutex mu{"cart.mu"};
  Channel<int> orders{1, "orders"};
  int ordered = 0;
  int shipped = 0;
};

void Consume(Shop& shop) {
  for (int order : shop.orders) {
    MutexLock lock(shop.mu);
    shop.shipped += order;
  }
}

// Sends while it holds the lock. That goes well as long as the consumer keeps up.
void ProduceUnderTheLock(Shop& shop) {
  for (int i = 0; i < 3; ++i) {
    MutexLock lock(shop.mu);
    shop.ordered += 1;
    shop.orders.Send(1);
  }
  shop.orders.Close();
}

void ProduceOutsideTheLock(Shop& shop) {
  for (int i = 0; i < 3; ++i) {
    {
      MutexLock lock(shop.mu);
      shop.ordered += 1;
    }
    shop.orders.Send(1);
  }
  shop.orders.Close();
}

void SellWith(void (*produce)(Shop&)) {
  Shop shop;
  Task producer = Go("producer", [&] { produce(shop); });
  Task consumer = Go("consumer", [&] { Consume(shop); });
  producer.Join();
  consumer.Join();
  EXPECT_EQ(shop.ordered, shop.shipped);
}

HEDDLE_TEST(Demo, ProducerHoldsTheLockItsConsumerNeeds) { SellWith(ProduceUnderTheLock); }

HEDDLE_TEST(Demo, ProducerReleasesTheLockFirst) { SellWith(ProduceOutsideTheLock); }

}  // namespace
