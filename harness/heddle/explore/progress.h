// SPDX-License-Identifier: Apache-2.0
//
// What a long exploration shows on a terminal: one line on stderr that is written over and over, from the second second
// on, and wiped at the end. Elsewhere nothing.
//
//   Cart.Drains: 12,300 of 100,000 schedules, 4,100/s, 21 s left
//   Cart.Drains: 1,234,567 executions, 110,000/s, about 5,200,000 left (47 s)
#ifndef HEDDLE_EXPLORE_PROGRESS_H_
#define HEDDLE_EXPLORE_PROGRESS_H_

#include <cstdint>
#include <cstdio>
#include <string>

namespace heddle::internal {

struct Explored {
  uint64_t executions = 0;
  uint64_t planned = 0;  // 0: as many as there are
  double left = 0;       // of a search: executions, estimated; 0: not known
  double seconds = 0;    // since the beginning
};

// Without an end of line.
std::string DescribeProgress(const std::string& scenario, const Explored& explored);

class Progress {
 public:
  static constexpr double kFirstAfter = 2;  // seconds
  static constexpr double kEvery = 0.5;     // seconds

  // To `out` if `shown`.
  Progress(std::FILE* out, bool shown, std::string scenario);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool shown() const { return shown_; }
  bool IsDue(double seconds) const { return shown_ && seconds >= next_; }
  void Show(const Explored& explored);
  // Before something else is printed.
  void Wipe();

 private:
  std::FILE* const out_;
  const bool shown_;
  const std::string scenario_;
  double next_ = kFirstAfter;
  bool is_there_ = false;
};

}  // namespace heddle::internal

#endif  // HEDDLE_EXPLORE_PROGRESS_H_
