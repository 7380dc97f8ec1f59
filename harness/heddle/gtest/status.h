// SPDX-License-Identifier: Apache-2.0
//
// How a test program ends under heddle::gtest_main:
//
//   0  every test passed or was skipped
//   1  a bug was found: a verdict about the code under test, or an assertion or test that failed
//   2  nothing was shown: wrong usage, no test selected, or no failure but `diverged` and `vacuous`
//   3  an internal error of Heddle, or the system refuses it memory for a stack; and no bug had been found
//   4  a deadline ended the process, and no bug had been found
//
// Under another main() 2 is 1, and an internal error aborts.
#ifndef HEDDLE_GTEST_STATUS_H_
#define HEDDLE_GTEST_STATUS_H_

namespace heddle::internal {

inline constexpr int kFoundBug = 1;
inline constexpr int kNothingShown = 2;
inline constexpr int kInternalError = 3;

// Counts from now on what fails, in tests and around them, over all repetitions.
void CountFailures();

// The next failure told to gtest says nothing about the code under test.
void ExpectInconclusiveFailure();

// Whether something failed, and all of it was inconclusive.
bool OnlyInconclusiveFailures();

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_STATUS_H_
