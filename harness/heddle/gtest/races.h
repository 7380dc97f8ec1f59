// SPDX-License-Identifier: Apache-2.0
//
// Races that ThreadSanitizer reports while no execution runs: in TESTs, SetUpTestSuite, ...
//
// A race inside an execution is its verdict. The others fail the gtest in which they happened: the
// runtime of the sanitizer is told not to decide the exit status, so somebody else must.
#ifndef HEDDLE_GTEST_RACES_H_
#define HEDDLE_GTEST_RACES_H_

namespace heddle::internal {

// Has gtest fail from now on where such a race was reported; once per process. True.
bool WatchForRaces();

// Those that no gtest failure tells of.
int UntoldRaces();

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_RACES_H_
