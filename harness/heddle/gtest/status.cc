// SPDX-License-Identifier: Apache-2.0
#include "heddle/gtest/status.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>

#include "heddle/core/check.h"

namespace heddle::internal {
namespace {

std::atomic<uint64_t> failures = 0;  // of any OS thread
std::atomic<uint64_t> inconclusive = 0;

class FailureCounter final : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (result.failed() && ++failures > inconclusive) bug_found_status = kFoundBug;
  }
};

}  // namespace

void CountFailures() { ::testing::UnitTest::GetInstance()->listeners().Append(new FailureCounter); }

void ExpectInconclusiveFailure() { ++inconclusive; }

bool OnlyInconclusiveFailures() { return failures > 0 && failures == inconclusive; }

}  // namespace heddle::internal
