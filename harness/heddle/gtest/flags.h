// SPDX-License-Identifier: Apache-2.0
//
// The knobs as flags: --heddle_<knob>=<value>, for heddle::gtest_main.
#ifndef HEDDLE_GTEST_FLAGS_H_
#define HEDDLE_GTEST_FLAGS_H_

#include <string>

namespace heddle::internal {

// Takes the flags of the knobs out of the arguments and sets each one's variable to its value, for
// this process and those it starts; so a flag goes before its variable. What is wrong with a flag
// that begins with --heddle, in one sentence; empty: nothing.
std::string TakeFlags(int* argc, char** argv);

// What --help says after GoogleTest's own text.
std::string HelpOnKnobs();

}  // namespace heddle::internal

#endif  // HEDDLE_GTEST_FLAGS_H_
