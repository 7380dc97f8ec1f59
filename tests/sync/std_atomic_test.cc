// SPDX-License-Identifier: Apache-2.0
//
// The facade's atomics, semaphores, latches and barriers.
#include <atomic>
#include <barrier>
#include <chrono>
#include <latch>
#include <semaphore>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "heddle/sync/std.h"
#include "support/scenario.h"
#include "sync/std_parity.h"

namespace std_atomic_real {
namespace {
#if HEDDLE_TSAN  // where they are not run, and gcc compiles no fence of std's
namespace sync = heddle::standard;
#else
namespace sync = std;
#endif
#include "sync/std_atomic_programs.inc"
}  // namespace
}  // namespace std_atomic_real

namespace std_atomic_explored {
namespace {
namespace sync = heddle::standard;
#include "sync/std_atomic_programs.inc"
}  // namespace
}  // namespace std_atomic_explored

namespace heddle::testing_support {
namespace {

TEST(StdAtomicTest, ProgramsDoTheSameOnThreadsAndUnderEverySchedule) {
  ExpectParity(std_atomic_real::kPrograms, std_atomic_explored::kPrograms);
}

// What is undefined with std.
TEST(StdAtomicTest, MisuseIsAVerdictAtTheCall) {
  std::string at;
  Report report = Try([&] {
    standard::binary_semaphore permit(1);
    at = HEDDLE_HERE, permit.release();
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "its maximum is 1", at, "each once"));
  report = Try([&] {
    standard::latch latch(1);
    at = HEDDLE_HERE, latch.count_down(2);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "latch #1", at, "count"));
  report = Try([&] {
    standard::barrier<> barrier(1);
    at = HEDDLE_HERE, (void)barrier.arrive(2);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "barrier #1", at, "arriv"));
  report = Try([&] {
    standard::atomic<int> value = 0;
    at = HEDDLE_HERE, (void)value.load(std::memory_order_release);
  });
  EXPECT_THAT(report, FailsAt(Verdict::kMisuse, "atomic #1", at, "order"));
}

}  // namespace
}  // namespace heddle::testing_support
