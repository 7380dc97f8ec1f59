// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/environment.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>

namespace heddle::internal {
namespace {

std::string Get(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Decimal, or hexadecimal after "0x".
std::optional<uint64_t> ParseNumber(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<uint32_t> ParseCount(std::string_view text) {
  std::optional<uint64_t> value = ParseNumber(text);
  if (!value || *value > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

void ReadSeed(Environment& environment) {
  const std::string value = Get("HEDDLE_SEED");
  if (value.empty()) return;
  const size_t colon = value.find(':');
  environment.seed = ParseNumber(std::string_view(value).substr(0, colon));
  if (colon != std::string::npos) {
    environment.only = ParseCount(std::string_view(value).substr(colon + 1));
  }
  if (!environment.seed || (colon != std::string::npos && !environment.only)) {
    environment.error = "HEDDLE_SEED=\"" + value +
                        "\" is not a seed: give a number (0x5eed), or a number and an execution "
                        "(0x5eed:216)";
  }
}

void ReadSchedules(Environment& environment) {
  const std::string value = Get("HEDDLE_SCHEDULES");
  if (value.empty()) return;
  environment.schedules = ParseCount(value);
  if (!environment.schedules || *environment.schedules == 0) {
    environment.error = "HEDDLE_SCHEDULES=\"" + value + "\" is not a number of schedules from 1 on";
  }
}

TokenResult ReadScheduleFile(const std::string& path, const std::string& scenario) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {std::nullopt, "HEDDLE_REPLAY=\"@" + path + "\": the file cannot be read"};
  std::ostringstream contents;
  contents << file.rdbuf();
  TokenResult result = DecodeScheduleFile(contents.str(), scenario);
  if (!result.replay) result.error = "HEDDLE_REPLAY=\"@" + path + "\": " + result.error;
  return result;
}

void ReadReplay(Environment& environment, const std::string& scenario) {
  const std::string value = Get("HEDDLE_REPLAY");
  if (value.empty()) return;
  TokenResult result =
      value[0] == '@' ? ReadScheduleFile(value.substr(1), scenario) : DecodeToken(value, scenario);
  environment.replay = std::move(result.replay);
  if (!environment.replay) environment.error = std::move(result.error);
}

}  // namespace

Environment ReadEnvironment(const std::string& scenario) {
  Environment environment;
  ReadSeed(environment);
  ReadSchedules(environment);
  ReadReplay(environment, scenario);
  environment.out_dir = Get("HEDDLE_OUT_DIR");
  if (environment.out_dir.empty()) environment.out_dir = "heddle-out";
  return environment;
}

std::string FormatSeed(uint64_t base) {
  char text[16];
  auto [end, error] = std::to_chars(text, text + sizeof text, base, 16);
  return "0x" + std::string(text, end);
}

std::string FormatSeed(uint64_t base, uint32_t index) {
  return FormatSeed(base) + ":" + std::to_string(index);
}

}  // namespace heddle::internal
