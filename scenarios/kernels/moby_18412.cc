// SPDX-License-Identifier: Apache-2.0
//
// moby#18412: the output of a command was read while the command was still being waited for.
//
// A child process writes into a pipe, which a task copies into a buffer; another task waits for
// both and then says "done". Whoever ran the command gives up at a timeout, kills the child and
// reads the buffer and the exit code at once: the copier may still append, the waiter still store
// the code. "done" has room for one, so that the waiter does not leak too, which it does in the
// original where nobody receives it. The child takes as long as the timeout.
// Fixed: after the kill, too, the reader waits for "done".
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

template <template <class> class Variable>
struct Moby18412 {
  Channel<int> pipe{0, "pipe"};
  CancelableContext life = WithCancel(Background());
  Variable<std::vector<int>> output{{}, "output"};
  Variable<int> exit_code{0, "exit_code"};
  Channel<int> done{1, "done"};
  size_t length_read = 0;
  int code_read = 0;

  // The child: two chunks, half a timeout each.
  void Write() {
    bool killed = false;
    for (int chunk = 1; chunk <= 2 && !killed; ++chunk) {
      pipe.Send(chunk);
      Select(OnReceive(life.context.Done(), [&] { killed = true; }),
             OnReceive(Timer(500us, "pause").C()));
    }
    pipe.Close();
  }

  void Copy() {
    for (int chunk : pipe) output.Write()->push_back(chunk);
  }

  void AwaitExit(Task child, Task copier) {
    child.Join();
    copier.Join();
    exit_code.Set(1);
    done.Send(1);
  }

  void Await(Version version) {
    bool timed_out = false;
    Select(OnReceive(Timer(1ms, "timeout").C(), [&] { timed_out = true; }), OnReceive(done));
    if (timed_out) {
      life.cancel();
      if (version == Version::kFixed) (void)done.Receive();
    }
    length_read = output.Read()->size();
    code_read = exit_code.Get();
  }

  static void Run(Version version) {
    auto command = std::make_shared<Moby18412>();
    Task child = Go("child", [command] { command->Write(); });
    Task copier = Go("copier", [command] { command->Copy(); });
    Go("waiter", [command, child, copier] { command->AwaitExit(child, copier); });
    command->Await(version);
    if (version == Version::kFixed) {
      EXPECT_EQ(command->code_read, 1);
    }
    Sleep(100ms);
  }
};

const Subject kMoby18412 = {{
    .name = "moby_18412",
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = Moby18412<Shared>::Run,
    .plain = Moby18412<Plain>::Run,
    .explains = {"two accesses to variable \"output\" are not ordered",
                 "read of variable \"output\" by T0 main at moby_18412.cc:67",
                 "write of variable \"output\" by T2 copier at moby_18412.cc:50"},
}};

}  // namespace
}  // namespace catalogue
