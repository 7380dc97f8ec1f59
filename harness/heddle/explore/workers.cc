// SPDX-License-Identifier: Apache-2.0
#include "heddle/explore/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <map>
#include <new>
#include <type_traits>

#include "heddle/core/check.h"
#include "heddle/runtime/internal/slots.h"

namespace heddle::internal {
namespace {

static_assert(std::is_trivially_copyable_v<Share>);
static_assert(std::atomic<uint32_t>::is_always_lock_free);

constexpr uint32_t kNone = 0xffff'ffff;

// Seen by all processes.
struct Board {
  std::atomic<uint32_t> next_share = 0;
  std::atomic<uint32_t> running[kMostJobs] = {};  // by worker: the execution it makes, or kNone
};

class SharedBoard {
 public:
  SharedBoard()
      : at_(mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                 0)) {
    if (at_ == MAP_FAILED) GiveUp("the system refuses memory that processes share");
    board_ = new (at_) Board;
  }
  ~SharedBoard() { munmap(at_, sizeof(Board)); }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;

  Board* operator->() const { return board_; }

 private:
  void* at_;
  Board* board_;
};

uint32_t SizeOf(const Work& work) { return ShareSize(work.jobs, work.end - work.begin); }

// -- In a worker
// ---------------------------------------------------------------------------

Share Explore(const Work& work, uint32_t number, std::atomic<uint32_t>* running) {
  const uint32_t size = SizeOf(work);
  Share share{.first = work.begin + number * size};
  for (uint32_t i = share.first; i - share.first < size && i < work.end; ++i) {
    running->store(i, std::memory_order_relaxed);
    share.end = work.execute(i, &share);
    if (share.end != Share::End::kAllPassed) break;
  }
  return share;
}

[[noreturn]] void BeWorker(const Work& work, const SharedBoard& board, uint32_t worker, int out,
                           pid_t explorer) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != explorer) _exit(0);
  work.start();
  const uint32_t shares = (work.end - 1 - work.begin) / SizeOf(work) + 1;
  for (;;) {
    const uint32_t number = board->next_share.fetch_add(1, std::memory_order_relaxed);
    if (number >= shares) break;
    const Share share = Explore(work, number, &board->running[worker]);
    // Less than a pipe takes at once: all or nothing.
    if (write(out, &share, sizeof share) != sizeof share) _exit(1);
    board->running[worker].store(kNone, std::memory_order_relaxed);
    if (share.end != Share::End::kAllPassed) break;
  }
  std::fflush(nullptr);
  _exit(0);  // what is to be done when this program exits is the explorer's
}

// -- In the explorer
// ---------------------------------------------------------------------------

class Workers {
 public:
  explicit Workers(const Work& work) : work_(work) {
    std::fflush(nullptr);  // or workers print it again
    while (workers_.size() < work.jobs && Start()) {
    }
  }
  ~Workers() {
    for (const Worker& worker : workers_) Stop(worker);
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::vector<Share> Collect() {
    const bool started = !workers_.empty();
    while (!workers_.empty() && !IsSettled()) {
      WaitForSome();
    }
    if (started && !IsSettled() && !IsComplete()) {
      GiveUp("somebody ended the processes that shared the executions; explore with jobs=1");
    }
    std::vector<Share> shares;
    for (const auto& [number, share] : shares_) {
      shares.push_back(share);
      if (IsBad(share)) break;
    }
    return shares;
  }

 private:
  struct Worker {
    uint32_t number = 0;
    pid_t process = 0;
    int in = -1;
  };

  bool Start() {
    const auto number = static_cast<uint32_t>(workers_.size());
    board_->running[number].store(kNone, std::memory_order_relaxed);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    const pid_t explorer = getpid();
    const pid_t process = fork();
    if (process == 0) {
      close(ends[0]);
      BeWorker(work_, board_, number, ends[1], explorer);
    }
    close(ends[1]);
    if (process < 0) {
      close(ends[0]);
      return false;
    }
    workers_.push_back({.number = number, .process = process, .in = ends[0]});
    return true;
  }

  void WaitForSome() {
    std::vector<pollfd> all;
    for (const Worker& worker : workers_) all.push_back({.fd = worker.in, .events = POLLIN});
    if (poll(all.data(), all.size(), -1) < 0) return;  // a signal
    for (size_t i = all.size(); i-- > 0;) {
      if (all[i].revents != 0) ReadFrom(i);
    }
  }

  void ReadFrom(size_t i) {
    const Worker worker = workers_[i];
    Share share;
    const ssize_t size = read(worker.in, &share, sizeof share);
    if (size < 0 && errno == EINTR) return;
    if (size == sizeof share) return Add(share);
    workers_.erase(workers_.begin() + static_cast<ptrdiff_t>(i));
    close(worker.in);
    const int status = Await(worker.process);
    const uint32_t running = board_->running[worker.number].load(std::memory_order_relaxed);
    if (running == kNone) return;
    const uint32_t first = running - (running - work_.begin) % SizeOf(work_);
    if (shares_.contains(NumberOf(first))) return;  // it had just told what came of it
    Add({.first = first, .passed = running - first, .end = Share::End::kDied, .status = status});
  }

  // 0 also where somebody else waited for it.
  static int Await(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  uint32_t NumberOf(uint32_t execution) const { return (execution - work_.begin) / SizeOf(work_); }

  static void Stop(const Worker& worker) {
    kill(worker.process, SIGKILL);
    close(worker.in);
    Await(worker.process);
  }

  void Add(const Share& share) {
    const uint32_t number = NumberOf(share.first);
    is_out_of_time_ |= share.end == Share::End::kOutOfTime;
    shares_[number] = share;
    if (IsBad(share) && number < first_bad_) first_bad_ = number;
  }

  static bool IsBad(const Share& share) {
    return share.end == Share::End::kFailed || share.end == Share::End::kDied;
  }

  // All executions before the first that failed are known.
  bool IsSettled() const {
    if (first_bad_ == kNone) return false;
    return std::distance(shares_.begin(), shares_.find(first_bad_)) == first_bad_;
  }

  // Every execution was made that there was time for.
  bool IsComplete() const {
    return is_out_of_time_ || shares_.size() == NumberOf(work_.end - 1) + size_t{1};
  }

  const Work& work_;
  SharedBoard board_;
  std::vector<Worker> workers_;       // that may still tell something
  std::map<uint32_t, Share> shares_;  // by number
  uint32_t first_bad_ = kNone;
  bool is_out_of_time_ = false;
};

}  // namespace

std::vector<Share> ExploreByWorkers(const Work& work) {
  HEDDLE_CHECK(work.begin < work.end && work.jobs <= kMostJobs);
  GiveBackIdleMemory();
  return Workers(work).Collect();
}

void EndLike(int status) {
  std::fflush(nullptr);
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  const int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  _exit(exit_status != 0 ? exit_status : 1);  // whoever calls exit(0) in a scenario has not passed
}

}  // namespace heddle::internal
