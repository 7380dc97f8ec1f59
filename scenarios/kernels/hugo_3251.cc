// SPDX-License-Identifier: Apache-2.0
//
// hugo#3251: the lock of a table of locks was held while waiting for a lock of the table.
//
// To lock a URL a task looks up its lock in the table, under the table's lock, and waits for it
// without releasing the table. To unlock it, it looks it up under the table's read lock. Who waits
// for a URL keeps out the one who could unlock it. That is a cycle of owners; the body waits for
// both. Two tasks, one round each, instead of 50 tasks that take ten, twice.
// Fixed: the table is released before the URL is locked.
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

class Hugo3251 {
 public:
  void Lock(const std::string& url, Version version) {
    table_.lock();
    std::unique_ptr<Mutex>& mutex = urls_[url];
    if (mutex == nullptr) mutex = std::make_unique<Mutex>("url");
    Mutex& found = *mutex;
    if (version == Version::kFixed) table_.unlock();
    found.lock();
    if (version == Version::kBuggy) table_.unlock();
  }

  void Unlock(const std::string& url) {
    ReaderLock lock(table_);
    urls_.at(url)->unlock();
  }

 private:
  SharedMutex table_{"table"};
  std::map<std::string, std::unique_ptr<Mutex>> urls_;
};

const Subject kHugo3251 = {{
    .name = "hugo_3251",
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body =
        [](Version version) {
          Hugo3251 locks;
          WaitGroup getters("getters");
          for (int i = 0; i < 2; ++i) {
            getters.Go("getter", [&] {
              locks.Lock("https://example.com", version);
              locks.Unlock("https://example.com");
              Sleep(300ns);
            });
          }
          getters.Wait();
        },
    .explains = {"needs mutex \"url\" -> held by", "needs shared mutex \"table\" -> held by",
                 "hugo_3251.cc:32", "hugo_3251.cc:37"},
}};

}  // namespace
}  // namespace catalogue
