// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "heddle/core/internal/archive.h"
#include "heddle/core/random.h"

namespace heddle::internal {
namespace {

constexpr std::string_view kStart = "heddle search, version 1\n";

std::string ContentsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Another build of the same code may well be another one: what was explored is not known to hold for it.
uint64_t HashOfBinary() {
  static const uint64_t hash = HashName(ContentsOf("/proc/self/exe"));
  return hash;
}

uint64_t KeyOf(const Options& options) {
  uint64_t key = Mix(HashOfBinary(), HashName(options.name));
  for (const uint64_t value :
       {uint64_t{options.max_steps}, uint64_t{options.drain_steps}, uint64_t{options.early_timers},
        static_cast<uint64_t>(options.strategy), static_cast<uint64_t>(options.clock), options.seed,
        uint64_t{options.stack_kib}, uint64_t{options.faults.spurious_wakeups},
        uint64_t{options.faults.failed_try_locks}, uint64_t{options.faults.failed_exchanges},
        uint64_t{options.faults.early_timeouts}, uint64_t{options.faults.cancellations}}) {
    key = Mix(key, value);
  }
  return key;
}

std::string PathIn(const std::string& directory, const std::string& scenario) {
  if (directory.empty()) return "";
  std::string name = scenario.empty() ? "scenario" : scenario;
  std::ranges::replace(name, '/', '_');
  return directory + "/" + name + ".search";
}

}  // namespace

Checkpoint::Checkpoint(const std::string& directory, const Options& options, State state)
    : path_(PathIn(directory, options.name)),
      key_(path_.empty() ? 0 : KeyOf(options)),
      state_(state) {}

void Checkpoint::Archive(internal::Archive& archive) {
  archive(*state_.vacuity);
  archive(*state_.cut);
  state_.search->Archive(archive);
}

std::string Checkpoint::Resume() {
  if (path_.empty() || !std::filesystem::exists(path_)) return "";
  const std::string contents = ContentsOf(path_);
  std::string_view rest = contents;
  uint64_t key = 0;
  uint64_t checksum = 0;
  constexpr size_t kFrame = kStart.size() + sizeof key + sizeof checksum;
  if (!rest.starts_with(kStart)) {
    return path_ + " is no search that this version of Heddle has left";
  }
  if (rest.size() < kFrame) return path_ + " was cut short";
  rest.remove_prefix(kStart.size());
  std::memcpy(&key, rest.data(), sizeof key);
  std::memcpy(&checksum, rest.data() + sizeof key, sizeof checksum);
  rest.remove_prefix(sizeof key + sizeof checksum);
  if (checksum != HashName(rest)) return path_ + " was cut short or altered";
  if (key != key_) {
    return path_ + " was left by another binary, or under another strategy or other options";
  }
  internal::Archive archive(rest);
  Archive(archive);
  return archive.ok() ? "" : path_ + " was altered";
}

void Checkpoint::Keep(const Stopwatch& since_beginning) {
  if (path_.empty()) return;
  const double seconds = since_beginning.Seconds();
  if (seconds - saved_at_ < kSecondsBetween) return;
  saved_at_ = seconds;
  Save();  // whether it can be is told at the end
}

std::string Checkpoint::Save() {
  if (path_.empty()) return "";
  std::string bytes;
  internal::Archive archive(&bytes);
  Archive(archive);
  const uint64_t checksum = HashName(bytes);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  const std::string beside = path_ + ".new";
  std::ofstream file(beside, std::ios::binary);
  file << kStart;
  file.write(reinterpret_cast<const char*>(&key_), sizeof key_);
  file.write(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  file << bytes;
  file.close();
  if (file) std::filesystem::rename(beside, path_, error);
  return file && !error ? "" : path_ + " cannot be written";
}

void Checkpoint::Remove() {
  std::error_code none;
  if (!path_.empty()) std::filesystem::remove(path_, none);
}

}  // namespace heddle::internal
