// SPDX-License-Identifier: Apache-2.0
#include "heddle/core/location.h"

#include <string_view>

namespace heddle {

std::string ToString(const Location& location) {
  if (location.line == 0) return "-";
  std::string_view file = location.file;
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(location.line);
}

}  // namespace heddle
