// SPDX-License-Identifier: Apache-2.0
//
// Which concurrency the pool is built on: pool::sync is std in production and Heddle's facade, with the same
// names, in a program that defines POOL_UNDER_HEDDLE.
#ifndef SCENARIOS_POOL_SYNC_H_
#define SCENARIOS_POOL_SYNC_H_

#ifdef POOL_UNDER_HEDDLE
#include "heddle/sync/std.h"
namespace pool {
namespace sync = heddle::standard;
}
#else
#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
namespace pool {
namespace sync = std;
}
#endif

#endif  // SCENARIOS_POOL_SYNC_H_
