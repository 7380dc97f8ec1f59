// SPDX-License-Identifier: Apache-2.0
//
// Words of the commands that reports give to be pasted into a shell.
#ifndef HEDDLE_CORE_SHELL_H_
#define HEDDLE_CORE_SHELL_H_

#include <string>
#include <string_view>

namespace heddle::internal {

// `word` as a shell reads it back; one that is harmless stays as it is.
std::string ShellQuoted(std::string_view word);

}  // namespace heddle::internal

#endif  // HEDDLE_CORE_SHELL_H_
