// SPDX-License-Identifier: Apache-2.0
//
// The tests of the thread pool, compiled twice: pool_threads_test runs each once, on real threads;
// pool_test, compiled with POOL_UNDER_HEDDLE, explores each.
#include "thread_pool.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#ifdef POOL_UNDER_HEDDLE
#include "heddle/gtest/heddle_test.h"
#define POOL_TEST(suite, name) HEDDLE_TEST(suite, name, .schedules = 5000)
#else
#include "gtest/gtest.h"
#define POOL_TEST(suite, name) TEST(suite, name)
#endif

namespace pool {
namespace {

template <class R>
bool IsReady(const sync::future<R>& future) {
  return future.wait_for(std::chrono::seconds(0)) == sync::future_status::ready;
}

int Square(int n) { return n * n; }

POOL_TEST(ThreadPool, ReturnsEachResult) {
  ThreadPool pool(2, 1);
  std::vector<sync::future<int>> results;
  for (int n = 1; n <= 3; ++n) results.push_back(pool.Submit(Square, n));
  auto text = pool.Submit([](std::unique_ptr<std::string> s) { return *s + "!"; },
                          std::make_unique<std::string>("done"));
  for (int n = 1; n <= 3; ++n) EXPECT_EQ(results[n - 1].get(), n * n);
  EXPECT_EQ(text.get(), "done!");
}

POOL_TEST(ThreadPool, ExceptionsGoIntoTheFuture) {
  ThreadPool pool(1, 2);
  auto failing = pool.Submit([]() -> int { throw std::runtime_error("no such row"); });
  auto other = pool.Submit(Square, 3);
  EXPECT_EQ(other.get(), 9);  // its thread has survived
  // On real threads ThreadSanitizer does not see how the standard's library counts who uses an exception:
  // nobody else does any more.
  pool.Shutdown();
  try {
    failing.get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no such row");
  }
}

POOL_TEST(ThreadPool, ShutdownLetsRunWhatIsQueued) {
  ThreadPool pool(2, 3);
  int ran[3] = {};
  std::vector<sync::future<void>> results;
  for (int& n : ran) results.push_back(pool.Submit([&n] { n = 1; }));
  pool.Shutdown();
  for (sync::future<void>& result : results) EXPECT_TRUE(IsReady(result));
  EXPECT_EQ(ran[0] + ran[1] + ran[2], 3);
  EXPECT_THROW(pool.Submit(Square, 1), PoolClosed);
  pool.Shutdown();
}

POOL_TEST(ThreadPool, TheDestructorShutsDown) {
  int ran = 0;
  sync::future<void> result;
  {
    ThreadPool pool(1, 1);
    result = pool.Submit([&ran] { ++ran; });
  }
  EXPECT_TRUE(IsReady(result));
  EXPECT_EQ(ran, 1);
}

// Whoever is in the middle of Submit is served or told so: nobody hangs, and no result is broken.
POOL_TEST(ThreadPool, SubmitsThatMeetAShutdownAreServedOrRefused) {
  ThreadPool pool(1, 1);
  std::vector<sync::future<int>> results;
  sync::thread submitter([&] {
    try {
      for (int n = 0; n < 3; ++n) results.push_back(pool.Submit(Square, n));
    } catch (const PoolClosed&) {
    }
  });
  pool.Shutdown();
  submitter.join();
  for (size_t n = 0; n < results.size(); ++n) {
    EXPECT_TRUE(IsReady(results[n]));
    EXPECT_EQ(results[n].get(), static_cast<int>(n * n));
  }
}

POOL_TEST(ThreadPool, ShutdownTwiceAtATimeIsFine) {
  ThreadPool pool(2, 1);
  auto result = pool.Submit(Square, 2);
  sync::thread other([&] { pool.Shutdown(); });
  pool.Shutdown();
  other.join();
  EXPECT_TRUE(IsReady(result));
}

POOL_TEST(ThreadPool, TasksMayWaitForEachOther) {
  ThreadPool pool(2, 2);
  sync::promise<int> promise;
  auto waits = pool.Submit([future = promise.get_future()]() mutable { return future.get() + 1; });
  auto keeps = pool.Submit([&promise] { promise.set_value(1); });
  EXPECT_EQ(waits.get(), 2);
  keeps.get();
}

}  // namespace
}  // namespace pool
