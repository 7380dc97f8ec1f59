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
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heddle/core/location.h"
#include "heddle/core/options.h"
#include "heddle/core/report.h"
#include "heddle/explore/explore.h"
#include "heddle/sync/task.h"

namespace heddle::testing_support {

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

inline Options Named(Options options) {
  static const std::string out_dir = [] {
    setenv("HEDDLE_OUT_DIR", testing::TempDir().c_str(), 0);
    return testing::TempDir();
  }();
  if (*options.name == '\0') {
    options.name = testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  options.vacuous_ok = true;  // many a row of a state table needs but one task
  return options;
}

inline Report Try(const std::function<void()>& body, const Options& options = {}) {
  return Explore(body, Named(options));
}

struct Observed {
  Report report;
  std::set<std::string> texts;  // what the log said at the end of an execution, each once
};

// Runs `body` and keeps what each execution logged, its unwinding included.
inline Observed Observe(const std::function<void(Log&)>& body, const Options& options = {}) {
  class Logged final : public Scenario {
   public:
    explicit Logged(const std::function<void(Log&)>& to_run) : run_(to_run) {}
    void Run() override {
      log_.Clear();
      run_(log_);
    }
    void Finish() override { texts.insert(log_.Text()); }

    std::set<std::string> texts;

   private:
    const std::function<void(Log&)>& run_;
    Log log_;
  };
  Logged scenario(body);
  Report report = Explore(scenario, Named(options), "");
  return {std::move(report), std::move(scenario.texts)};
}

// For constructors: Mutex mu("mu", NoteHere(at)).
inline Location NoteHere(std::string& at, Location where = Location::Here()) {
  at = ToString(where);
  return where;
}

// The first report of each verdict among explorations of one schedule each.
inline std::map<Verdict, Report> EachVerdict(const std::function<void()>& body, int explorations,
                                             Options options = {}) {
  std::map<Verdict, Report> reports;
  options.schedules = 1;
  for (int i = 0; i < explorations; ++i) {
    options.seed = static_cast<uint64_t>(i);
    Report report = Try(body, options);
    const Verdict verdict = report.verdict;
    reports.emplace(verdict, std::move(report));
  }
  return reports;
}

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
inline std::string Place(const char* file, int line) {
  const std::string path = file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(line);
}

MATCHER(Passes, "passes") { return arg.verdict == Verdict::kPassed && arg.schedules_run > 0; }

// The verdict, confirmed by the second run, and a part of the headline.
MATCHER_P2(Fails, verdict, part, std::string(ToString(verdict)) + ": ..." + part + "...") {
  return arg.verdict == verdict && arg.reproduced && arg.headline.find(part) != std::string::npos;
}

// As Fails, with the place and a part of the remedy.
MATCHER_P4(FailsAt, verdict, part, at, remedy,
           std::string(ToString(verdict)) + ": ..." + part + "... at " + at + ", try: " + remedy) {
  return arg.verdict == verdict && arg.reproduced && arg.headline.find(part) != std::string::npos &&
         arg.at == at && arg.remedy.find(remedy) != std::string::npos;
}

// Some reason of the report says this.
MATCHER_P(Because, part, std::string("why: ...") + part + "...") {
  for (const std::string& reason : arg.why) {
    if (reason.find(part) != std::string::npos) return true;
  }
  return false;
}

// Who took the last row of the interleaving: "T1 writer".
inline std::string LastActor(const Report& report) {
  return report.steps.empty() ? "" : report.columns[report.steps.back().column];
}

}  // namespace heddle::testing_support

// The place of this line. Keep it on the line of the call it is about.
#define HEDDLE_HERE ::heddle::testing_support::Place(__FILE__, __LINE__)

#endif  // TESTS_SUPPORT_SCENARIO_H_
