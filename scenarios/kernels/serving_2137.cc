// SPDX-License-Identifier: Apache-2.0
//
// serving#2137: a test of the request breaker let its requests go in an order that need not be
// theirs.
//
// The breaker admits two requests, of which one at a time is active; each holds its slot until the
// test unlocks it. The test unlocks the first request and waits for its answer before it unlocks
// the second. If the second is active, it waits to be unlocked, the first for the active slot, the
// test for the first.
// Fixed: all are unlocked before any answer is awaited.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Serving2137Breaker {
  Channel<int> pending{2, "pending slots"};
  Channel<int> active{1, "active slots"};

  // False: there is no slot left.
  bool Maybe(const std::function<void()>& request) {
    bool admitted = false;
    Select(OnSend(pending, 1, [&] { admitted = true; }), Default());
    if (!admitted) return false;
    active.Send(1);
    request();
    (void)active.Receive();
    (void)pending.Receive();
    return true;
  }
};

struct Serving2137Request {
  explicit Serving2137Request(const char* name) : mu(name) {}

  Mutex mu;
  Channel<bool> accepted{1, "accepted"};
  WaitGroup started{"started"};

  void Run(Serving2137Breaker& breaker) {
    started.Done();
    accepted.Send(breaker.Maybe([&] { MutexLock lock(mu); }));
  }
};

void Serving2137Await(Serving2137Request& request) {
  const bool accepted = *request.accepted.Receive();
  EXPECT_TRUE(accepted);
  request.accepted.Send(accepted);
}

void Serving2137(Version version) {
  auto breaker = std::make_shared<Serving2137Breaker>();
  std::vector<std::shared_ptr<Serving2137Request>> requests;
  for (const char* name : {"request 1", "request 2"}) {
    Yield();
    auto request = std::make_shared<Serving2137Request>(name);
    request->mu.lock();
    request->started.Add(1);
    Go("request", [breaker, request] { request->Run(*breaker); });
    request->started.Wait();
    requests.push_back(request);
  }
  for (auto& request : requests) {
    request->mu.unlock();
    if (version == Version::kBuggy) Serving2137Await(*request);
  }
  if (version == Version::kFixed) {
    for (auto& request : requests) Serving2137Await(*request);
  }
}

const Subject kServing2137 = {{
    .name = "serving_2137",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = Serving2137,
    .explains = {"T1 -> needs a receive on channel \"active slots\"", "it is full of values of T2",
                 "T2 request lock mutex \"request 2\" (held by T0",
                 "let T0 unlock mutex \"request 2\" before serving_2137.cc:56"},
}};

}  // namespace
}  // namespace catalogue
