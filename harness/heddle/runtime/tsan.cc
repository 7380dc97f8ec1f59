// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/tsan.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "heddle/core/random.h"
#include "heddle/runtime/internal/execution.h"
#include "heddle/runtime/internal/limits.h"

#if HEDDLE_TSAN

// By no_sanitize alone clang still records where a function is entered and left; once in many thousand times
// that waits for a lock which the runtime holds while it calls OnReport, for ever.
#if defined(__clang__)
#define HEDDLE_NO_TSAN \
  __attribute__((no_sanitize("thread"), disable_sanitizer_instrumentation, noinline))
#else
#define HEDDLE_NO_TSAN __attribute__((no_sanitize("thread"), noinline))
#endif

extern "C" {
int __tsan_get_report_data(void* report, const char** description, int* count, int* stack_count,
                           int* mop_count, int* loc_count, int* mutex_count, int* thread_count,
                           int* unique_tid_count, void** sleep_trace, unsigned long trace_size);
int __tsan_get_report_mop(void* report, unsigned long index, int* tid, void** address, int* size,
                          int* write, int* atomic, void** trace, unsigned long trace_size);
int __tsan_get_report_thread(void* report, unsigned long index, int* tid, uint64_t* os_id,
                             int* running, const char** name, int* parent_tid, void** trace,
                             unsigned long trace_size);
void __tsan_read1(void* address);
void AnnotateBenignRaceSized(const char* file, int line, const volatile void* address, size_t size,
                             const char* description);
void __sanitizer_symbolize_pc(void* pc, const char* format, char* out, size_t out_size);
}

namespace heddle::internal {
namespace {

constexpr int kFrames = 12;

// Copied from the report while the TSan runtime holds its locks: plain memory, no allocation.
struct SeenAccess {
  int size = 0;
  int write = 0;
  char task[16] = {};  // the fiber's name: the slot, in decimal
  void* trace[kFrames] = {};
};
struct SeenRace {
  bool seen = false;  // since the execution began
  char description[64] = {};
  int count = 0;           // of accesses
  SeenAccess accesses[2];  // the later one first
};
SeenRace race;
int reports_outside = 0;
uint64_t turn = 0;  // of watched executions

HEDDLE_NO_TSAN void CopyText(char* to, size_t size, const char* from) {
  size_t i = 0;
  for (; from != nullptr && from[i] != '\0' && i + 1 < size; ++i) to[i] = from[i];
  to[i] = '\0';
}

// The name of the fiber `tid` among the `threads` of the report.
HEDDLE_NO_TSAN void CopyTaskName(void* report, int threads, int tid, SeenAccess* access) {
  access->task[0] = '\0';
  for (int i = 0; i < threads; ++i) {
    int thread_tid = -1, running = 0, parent = 0;
    uint64_t os_id = 0;
    const char* name = nullptr;
    void* trace[1] = {};
    __tsan_get_report_thread(report, static_cast<unsigned long>(i), &thread_tid, &os_id, &running,
                             &name, &parent, trace, 1);
    if (thread_tid == tid) return CopyText(access->task, sizeof access->task, name);
  }
}

// errno is the tasks' own (a switch exchanges it), but TSan sees one address.
HEDDLE_NO_TSAN bool IsErrno(void* report) {
  int tid = 0, size = 0, write = 0, atomic = 0;
  void* address = nullptr;
  void* trace[1] = {};
  __tsan_get_report_mop(report, 0, &tid, &address, &size, &write, &atomic, trace, 1);
  return address == x.thread.error;
}

HEDDLE_NO_TSAN void Copy(void* report) {
  const char* description = nullptr;
  int count, stacks, mops, locations, mutexes, threads, tids;
  void* sleep_trace[1];
  __tsan_get_report_data(report, &description, &count, &stacks, &mops, &locations, &mutexes,
                         &threads, &tids, sleep_trace, 1);
  CopyText(race.description, sizeof race.description, description);
  race.count = mops < 2 ? mops : 2;
  for (int i = 0; i < 2 && i < mops; ++i) {
    SeenAccess& access = race.accesses[i];
    int tid = 0, atomic = 0;
    void* address = nullptr;
    __tsan_get_report_mop(report, static_cast<unsigned long>(i), &tid, &address, &access.size,
                          &access.write, &atomic, access.trace, kFrames);
    CopyTaskName(report, threads, tid, &access);
  }
}

// "Increment counter.cc:8", outermost harness frames left out.
std::vector<std::string> Symbolize(void* const* trace) {
  std::vector<std::string> frames;
  const void* last = nullptr;
  for (int i = 0; i < kFrames && trace[i] != nullptr; ++i) {
    if (trace[i] == last) continue;
    last = trace[i];
    char text[512] = {};
    __sanitizer_symbolize_pc(trace[i], "%f|%s|%l", text, sizeof text - 2);
    // One line per inlined frame, separated by NUL, ended by an empty one.
    for (const char* line = text; *line != '\0'; line += std::strlen(line) + 1) {
      std::string frame = line;
      const size_t file = frame.find('|');
      const size_t number = frame.rfind('|');
      if (file == std::string::npos || number == file) continue;
      const std::string function = frame.substr(0, file);
      if (function == "make_fcontext" || function == "trampoline") continue;  // the fiber's entry
      const std::string path = frame.substr(file + 1, number - file - 1);
      if (path.find("heddle/runtime/") != std::string::npos ||
          path.find("heddle/sync/") != std::string::npos) {
        continue;
      }
      if (path == "<null>") {
        // A frame without debug information: the function, or nothing worth a line.
        if (function != "<null>") frames.push_back(function);
        continue;
      }
      const size_t slash = path.rfind('/');
      frames.push_back(frame.substr(0, file) + " " +
                       (slash == std::string::npos ? path : path.substr(slash + 1)) + ":" +
                       frame.substr(number + 1));
    }
  }
  if (frames.empty()) frames.push_back("(no symbols: is llvm-symbolizer installed?)");
  return frames;
}

AccessSnapshot Describe(const SeenAccess& access) {
  AccessSnapshot snapshot;
  snapshot.what = (access.write != 0 ? "write of " : "read of ") + std::to_string(access.size) +
                  (access.size == 1 ? " byte" : " bytes");
  if (access.task[0] >= '0' && access.task[0] <= '9') {
    snapshot.slot = static_cast<uint32_t>(std::strtoul(access.task, nullptr, 10));
  }
  snapshot.stack = Symbolize(access.trace);
  return snapshot;
}

}  // namespace

// A report that OnReport suppresses is made all the same, which in gcc's runtime changes errno.
void TolerateRacesOnErrno() {
  static const int* known = nullptr;
  if (known == x.thread.error) return;
  known = x.thread.error;
  AnnotateBenignRaceSized(__FILE__, __LINE__, known, sizeof *known, "errno");
}

int TsanReportsOutside() { return reports_outside; }

void ForgetAccesses() { __tsan_flush_memory(); }

void ForgetTsanRace() {
  // clang's runtime stops checking the address of a reported race until its memory is emptied.
  if (race.seen) ForgetAccesses();
  race.seen = false;
  turn += x.watched;
}

// In a function that is instrumented like the scenario's, these are reads of that many variables. (Where it
// is entered and left is recorded, too: it is not called by OnReport.)
__attribute__((no_sanitize("thread"), noinline)) void AddTsanEvents(uint32_t slot) {
  static char variables[3 * 8];
  for (uint64_t i = Mix(turn, slot) % 4; i > 0; --i) __tsan_read1(&variables[8 * (i - 1)]);
}

bool TakeTsanRace(Failure* failure) {
  if (!race.seen) return false;
  failure->verdict = Verdict::kRace;
  failure->by_thread_sanitizer = true;
  failure->slot = x.current->slot;
  failure->message = std::string("ThreadSanitizer reports: ") + race.description;
  std::replace(failure->message.begin(), failure->message.end(), '-', ' ');
  for (int i = race.count - 1; i >= 0; --i) failure->accesses.push_back(Describe(race.accesses[i]));
  return true;
}

}  // namespace heddle::internal

namespace __tsan {

class ReportDesc;

// Overrides a weak hook of the TSan runtime, called synchronously at the second access, on the task
// that makes it, before the report is printed; true: do not print it. A race inside an execution is
// Heddle's to tell, with its schedule; the runtime's own text would come twice and name as a task's
// creation the first spawn that ever used its pooled fiber. May neither allocate nor be
// instrumented.
HEDDLE_NO_TSAN bool OnReport(const ReportDesc* report, bool suppressed) {
  using namespace heddle::internal;
  if (suppressed || x.serial == kUnwinding) return true;
  if (x.serial < kFirstSerial) {
    ++reports_outside;
    return false;
  }
  if (race.seen || IsErrno(const_cast<ReportDesc*>(report))) return true;
  race.seen = true;
  Copy(const_cast<ReportDesc*>(report));
  x.stop_requested = true;
  LookSoon();
  return true;
}

}  // namespace __tsan

extern "C" {

// A race inside an execution fails its gtest and is not counted by the runtime (OnReport), so the
// status that the runtime sets is for what is left: races outside, and crashes. Every schedule
// reports its own race anew, and the history is long enough for accesses that lie far apart.
HEDDLE_NO_TSAN const char* __tsan_default_options() {
#if defined(__clang__)
  return "exitcode=1:halt_on_error=0:suppress_equal_stacks=0:suppress_equal_"
         "addresses=0:"
         "atexit_sleep_ms=0:report_thread_leaks=0:history_size=64";
#else
  return "exitcode=1:halt_on_error=0:suppress_equal_stacks=0:suppress_equal_"
         "addresses=0:"
         "atexit_sleep_ms=0:report_thread_leaks=0:history_size=7";
#endif
}

}  // extern "C"

#else

namespace heddle::internal {

void TolerateRacesOnErrno() {}
int TsanReportsOutside() { return 0; }
void ForgetTsanRace() {}
void ForgetAccesses() {}
void AddTsanEvents(uint32_t) {}
bool TakeTsanRace(Failure*) { return false; }

}  // namespace heddle::internal

#endif
