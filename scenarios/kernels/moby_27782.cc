// SPDX-License-Identifier: Apache-2.0
//
// moby#27782: a log follower that was told to stop waited for an event that nobody would deliver.
//
// A follower registers its watcher and follows a file: it waits for an event of the file, which a
// task of its own reads, or for the watcher to be closed. The start of the container fails and
// closes the watchers that are registered. The follower then removes the file from those watched,
// and waits until an event acknowledges that. Only an event of another kind than a write would, but
// the event reader is waiting until the follower takes a write.
// The original reads and changes the list of watchers without a lock; here a mutex guards it.
// Fixed: removing a file waits for nothing.
#include <chrono>
#include <memory>
#include <vector>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct Moby27782Watcher {
  Channel<Done> closed{0, "closed"};
  Once once{"close once"};

  void Close() {
    once.Do([&] { closed.Close(); });
  }
};

struct Moby27782File {
  Channel<int> events{0, "events"};
  Channel<Done> done{0, "done"};
  Mutex mu{"file.mu"};
  ConditionVariable removed{"removed"};
  bool watched = true;

  void ReadEvents() {
    bool stopped = false;
    while (!stopped && !done.TryReceive().closed) {
      Sleep(300ns);
      const int write = 1;
      Select(OnSend(events, write), OnReceive(done, [&] { stopped = true; }));
    }
    events.Close();
  }

  void Remove(Version version) {
    MutexLock lock(mu);
    if (version == Version::kFixed) return;
    removed.wait(lock, [&] { return !watched; });
  }
};

struct Moby27782 : std::enable_shared_from_this<Moby27782> {
  Mutex mu{"logger.mu"};
  std::vector<std::shared_ptr<Moby27782Watcher>> readers;  // guarded by mu

  void Start(Version version) {
    auto watcher = std::make_shared<Moby27782Watcher>();
    Go("follower",
       [self = shared_from_this(), watcher, version] { self->Follow(watcher, version); });
    Reset();
  }

  void Reset() {
    MutexLock lock(mu);
    for (const auto& watcher : readers) watcher->Close();
    readers.clear();
  }

  void Follow(const std::shared_ptr<Moby27782Watcher>& watcher, Version version) {
    {
      MutexLock lock(mu);
      readers.push_back(watcher);
    }
    auto file = std::make_shared<Moby27782File>();
    Go("event reader", [file] { file->ReadEvents(); });
    Sleep(300ns);
    Select(OnReceive(file->events), OnReceive(watcher->closed, [&] { file->Remove(version); }));
    file->done.Close();
  }
};

const Subject kMoby27782 = {{
    .name = "moby_27782",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body =
        [](Version version) {
          auto logger = std::make_shared<Moby27782>();
          Go("start-up", [logger, version] { logger->Start(version); });
        },
    .explains =
        {"T1.1 follower",
         "T1.1 -> needs a notify on condition variable \"removed\" -> no other task notifies there",
         "T1.1.1 -> needs a receive on channel \"events\"", "moby_27782.cc:54"},
}};

}  // namespace
}  // namespace catalogue
