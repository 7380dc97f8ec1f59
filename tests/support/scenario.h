// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the primitives share: running a body under many schedules, looking at the report,
// and seeing what a body did without giving it an order.
//
//   Report report = Try([] { Mutex mu("m"); mu.unlock(); });
//   EXPECT_THAT(report, Fails(Verdict::kMisuse, "unlocked though it is free"));
//
//   Observed seen = Observe([](Log& log) { Go([&] { log.Add('a'); }); log.Add('b'); });
//   EXPECT_THAT(seen.texts, UnorderedElementsAre("ab", "ba"));
#ifndef TESTS_SUPPORT_SCENARIO_H_
#define TESTS_SUPPORT_SCENARIO_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/location.h"
#include "heddle/core/options.h"
#include "heddle/core/report.h"
#include "heddle/core/verdict.h"
#include "heddle/sync/task.h"

namespace heddle::testing_support {

// The shortest sleep.
inline constexpr std::chrono::nanoseconds kMoment{1};

// Virtual time passes only when nobody can go on.
inline constexpr Options kClockWhenIdle = {.clock = ClockPolicy::kWhenIdle};

// A body that deadlocks in one schedule in hundreds, whoever decides: after the lessons, as a rule.
void VeryRare();

// Letters that any task adds. Neither a step nor an edge, and nothing that TSan would call a race.
class Log {
 public:
  void Add(char letter) {
    const size_t at = size_.fetch_add(1, std::memory_order_relaxed);
    if (at < kMost) letters_[at].store(letter, std::memory_order_relaxed);
  }
  void Add(std::string_view text) {
    for (char letter : text) Add(letter);
  }
  void Clear() { size_.store(0, std::memory_order_relaxed); }
  std::string Text() const {
    std::string text;
    const size_t size = size_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < size && i < kMost; ++i) {
      text += letters_[i].load(std::memory_order_relaxed);
    }
    return text;
  }

 private:
  static constexpr size_t kMost = 512;
  std::atomic<size_t> size_ = 0;
  std::atomic<char> letters_[kMost] = {};
};

// A number through which tasks wait for each other behind Heddle's back: it orders the schedule but
// creates no happens-before edge.
class Stage {
 public:
  void Set(int stage) { stage_.store(stage, std::memory_order_relaxed); }
  int Get() const { return stage_.load(std::memory_order_relaxed); }
  void Add(int n = 1) { stage_.fetch_add(n, std::memory_order_relaxed); }
  void Await(int stage) const {
    while (Get() < stage) Yield();
  }

 private:
  std::atomic<int> stage_ = 0;
};

// The options with the name of the running test; never `vacuous`, as many a row of a state table needs
// but one task. Schedules too long for a token go to the directory for temporary files.
Options Named(Options options);

// What exploring `body` under Named(options) says.
Report Try(absl::FunctionRef<void()> body, const Options& options = {});

struct Observed {
  Report report;
  std::set<std::string> texts;  // what the log said at the end of an execution, each once
};

// Runs `body` and keeps what each execution logged, its unwinding included.
Observed Observe(absl::FunctionRef<void(Log&)> body, const Options& options = {});

// For constructors: Mutex mu("mu", NoteHere(at)).
Location NoteHere(std::string& at, Location where = Location::Here());

// The first report of each verdict among explorations of one schedule each.
std::map<Verdict, Report> EachVerdict(absl::FunctionRef<void()> body, int explorations,
                                      Options options = {});

// An object whose memory outlives it, so that its use after destruction is Heddle's business alone.
template <class T>
class Undead {
 public:
  template <class... Args>
  explicit Undead(Args&&... args) : object_(new (storage_) T(std::forward<Args>(args)...)) {}
  Undead(const Undead&) = delete;
  Undead& operator=(const Undead&) = delete;
  void Destroy() { object_->~T(); }
  T* operator->() { return object_; }
  T& operator*() { return *object_; }

 private:
  alignas(T) std::byte storage_[sizeof(T)];
  T* object_;
};

// "mutex_test.cc:12"
std::string Place(const char* file, int line);

using ReportMatcher = testing::Matcher<const Report&>;

ReportMatcher Passes();

// The verdict, confirmed by the second run, and a part of the headline.
ReportMatcher Fails(Verdict verdict, const std::string& part);

// As Fails, with the place and a part of the remedy.
ReportMatcher FailsAt(Verdict verdict, const std::string& part, const std::string& at,
                      const std::string& remedy);

// Some reason of the report says this.
ReportMatcher Because(const std::string& part);

// The texts of the interleaving, a row a line, with " !" behind those that block.
std::string RowsOf(const Report& report);

// Who took the last row of the interleaving: "T1 writer".
std::string LastActor(const Report& report);

}  // namespace heddle::testing_support

// The place of this line. Keep it on the line of the call it is about.
#define HEDDLE_HERE ::heddle::testing_support::Place(__FILE__, __LINE__)

#endif  // TESTS_SUPPORT_SCENARIO_H_
