// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include "heddle/sync/std.h"
#include "support/scenario.h"
#include "sync/std_parity.h"

namespace std_mutex_real {
namespace {
namespace sync = std;
#include "sync/std_mutex_programs.inc"
}  // namespace
}  // namespace std_mutex_real

namespace std_mutex_explored {
namespace {
namespace sync = heddle::standard;
#include "sync/std_mutex_programs.inc"
}  // namespace
}  // namespace std_mutex_explored

namespace heddle::testing_support {
namespace {

TEST(StdMutexTest, ProgramsDoTheSameOnThreadsAndUnderEverySchedule) {
  ExpectParity(std_mutex_real::kPrograms, std_mutex_explored::kPrograms);
}

}  // namespace
}  // namespace heddle::testing_support
