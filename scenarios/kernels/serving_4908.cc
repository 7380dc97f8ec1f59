// SPDX-License-Identifier: Apache-2.0
//
// serving#4908: a task left over by a test case wrote to the log of the case after its end.
//
// The case waits for its task, which spawns a second one and ends; nobody waits for that. At the
// end the library marks the case finished, on purpose without the mutex of the log, so that logging
// too late is a race. The second task looks at the mark before it logs.
// Fixed: the case waits for the second task, too.
#include <memory>
#include <string>
#include <vector>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Serving4908 {
  Variable<bool> finished{false, "finished"};
  Mutex log_mu{"log_mu"};
  std::vector<std::string> log;
  WaitGroup workers{"workers"};
  Channel<int> ended{0, "ended"};
  WaitGroup cases{"cases"};

  void Log(const char* line) {
    MutexLock lock(log_mu);
    log.push_back(finished.Get() ? "panic: log after the end of the test case" : line);
  }

  static void Work(std::shared_ptr<Serving4908> test, Version version) {
    if (version == Version::kFixed) test->workers.Add(1);
    Go("leftover", [test, version] {
      test->Log("stopped");
      if (version == Version::kFixed) test->workers.Done();
    });
    test->workers.Done();
  }

  static void RunCase(std::shared_ptr<Serving4908> test, Version version) {
    test->workers.Add(1);
    Go("worker", [test, version] { Work(test, version); });
    test->workers.Wait();
    test->finished.Set(true);
    test->ended.Send(1);
  }

  static void Run(Version version) {
    auto test = std::make_shared<Serving4908>();
    test->cases.Add(1);
    Go("runner", [test, version] {
      Go("case", [test, version] { RunCase(test, version); });
      (void)test->ended.Receive();
      test->cases.Done();
    });
    test->cases.Wait();
  }
};

const Subject kServing4908 = {{
    .name = "serving_4908",
    .expected = Verdict::kRace,
    .when = When::kAccessed,
    .body = Serving4908<Shared>::Run,
    .plain = Serving4908<Plain>::Run,
    .explains = {"two accesses to variable \"finished\" are not ordered",
                 "write of variable \"finished\" by T1.1 case at serving_4908.cc:49",
                 "read of variable \"finished\" by T1.1.1.1 leftover at serving_4908.cc:33"},
}};

}  // namespace
}  // namespace catalogue
