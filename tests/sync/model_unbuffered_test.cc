// SPDX-License-Identifier: Apache-2.0
//
// Unbuffered channels and selects on them against a model: sets of who is parked where. A controller gives
// one command at a time to a worker that is idle, lets everybody go as far as they come, and compares who
// completed, and with what, with what the model allows.
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/time.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

constexpr uint32_t kMeetingSequences = HEDDLE_TSAN || HEDDLE_ASAN ? 3'000 : 100'000;
constexpr int kMeetingCommands = 50;
constexpr int kMeetingWorkers = 4;
constexpr int kMeetingChannels = 2;

// One send or receive.
struct MeetingCase {
  bool sends = false;
  int channel = 0;
  int value = 0;  // of a send
};

struct MeetingCommand {
  enum Kind { kBlocking, kTry, kSelect } kind = kBlocking;
  MeetingCase first;
  MeetingCase second;  // of a select
};

constexpr int kMeetingClosed = -1;  // received: the channel is closed
constexpr int kMeetingNothing = -2;

// What a worker's last command came to.
struct MeetingResult {
  std::atomic<bool> done = true;
  std::atomic<int> chosen = kMeetingNothing;    // the case; nothing: a try found nobody
  std::atomic<int> received = kMeetingNothing;  // the value
};

class MeetingWorld {
 public:
  explicit MeetingWorld(Random draw) : draw_(draw) {
    for (int i = 0; i < kMeetingWorkers; ++i) {
      workers_.push_back(Go([this, i] {
        for (const MeetingCommand& command : commands_[static_cast<size_t>(i)]) Obey(i, command);
      }));
    }
  }

  void Run() {
    for (int i = 0; i < kMeetingCommands; ++i) Command();
    Finish();
  }

 private:
  // -- Workers

  void Obey(int worker, const MeetingCommand& command) {
    MeetingResult& mine = results_[static_cast<size_t>(worker)];
    int chosen = 0;
    switch (command.kind) {
      case MeetingCommand::kBlocking: Block(command.first, mine); break;
      case MeetingCommand::kTry: chosen = TryOnce(command.first, mine); break;
      case MeetingCommand::kSelect: chosen = SelectOne(command, mine); break;
    }
    mine.chosen = chosen;
    mine.done = true;
  }
  void Block(const MeetingCase& c, MeetingResult& mine) {
    if (c.sends) {
      Real(c).Send(c.value);
    } else {
      mine.received = Real(c).Receive().value_or(kMeetingClosed);
    }
  }
  int TryOnce(const MeetingCase& c, MeetingResult& mine) {
    if (c.sends) return Real(c).TrySend(c.value) ? 0 : kMeetingNothing;
    const TryReceived<int> got = Real(c).TryReceive();
    if (got || got.closed) mine.received = got.value.value_or(kMeetingClosed);
    return got || got.closed ? 0 : kMeetingNothing;
  }
  int SelectOne(const MeetingCommand& command, MeetingResult& mine) {
    std::vector<SelectCase> cases;
    for (const MeetingCase& c : {command.first, command.second}) {
      if (c.sends) {
        cases.emplace_back(OnSend(Real(c), c.value));
      } else {
        cases.emplace_back(OnReceive(Real(c), [&mine](std::optional<int> got) {
          mine.received = got.value_or(kMeetingClosed);
        }));
      }
    }
    return static_cast<int>(Select(cases));
  }
  const Channel<int>& Real(const MeetingCase& c) const {
    return real_[static_cast<size_t>(c.channel)];
  }

  // -- The controller

  static void Expect(bool holds, const char* what) {
    if (!holds) throw std::string(what);
  }
  uint32_t Below(size_t n) { return draw_.Below(static_cast<uint32_t>(n)); }
  MeetingCase DrawCase() {
    const int channel = static_cast<int>(Below(kMeetingChannels));
    // To send on a closed channel is misuse.
    const bool sends = !closed_[static_cast<size_t>(channel)] && Below(2) == 0;
    return {sends, channel, sends ? ++next_value_ : 0};
  }
  bool SomebodySendsTo(int channel) const {
    for (const std::vector<MeetingCase>& parked : parked_) {
      for (const MeetingCase& c : parked) {
        if (c.sends && c.channel == channel) return true;
      }
    }
    return false;
  }

  void Command() {
    const auto worker = Below(kMeetingWorkers);
    if (!parked_[worker].empty()) return Close(static_cast<int>(Below(kMeetingChannels)));
    MeetingCommand command;
    command.kind = static_cast<MeetingCommand::Kind>(Below(3));
    command.first = DrawCase();
    command.second = DrawCase();
    results_[worker].done = false;
    results_[worker].chosen = kMeetingNothing;
    results_[worker].received = kMeetingNothing;
    commands_[worker].Send(command);
    Sleep(kMoment);  // until nobody can go on
    std::vector<MeetingCase> cases = {command.first};
    if (command.kind == MeetingCommand::kSelect) cases.push_back(command.second);
    Check(worker, command.kind, cases);
  }

  // The worker did what the model allows, and exactly one partner with it.
  void Check(size_t worker, MeetingCommand::Kind kind, const std::vector<MeetingCase>& cases) {
    MeetingResult& mine = results_[worker];
    bool ready = false;
    for (const MeetingCase& c : cases) ready |= IsReady(c);
    if (!ready) {
      if (kind == MeetingCommand::kTry) {
        Expect(mine.done && mine.chosen == kMeetingNothing, "a try met nobody");
      } else {
        Expect(!mine.done, "went on though nobody was there");
        parked_[worker] = cases;
      }
      return ExpectNobodyElse();
    }
    Expect(mine.done && mine.chosen != kMeetingNothing, "went by somebody who was there");
    const MeetingCase& taken = cases[static_cast<size_t>(mine.chosen.load())];
    Expect(IsReady(taken), "took a case that was not ready");
    if (closed_[static_cast<size_t>(taken.channel)]) {
      Expect(mine.received == kMeetingClosed, "sees the close");
    } else {
      CheckPartner(taken, mine);
    }
    ExpectNobodyElse();
  }
  bool IsReady(const MeetingCase& c) const {
    if (closed_[static_cast<size_t>(c.channel)]) return true;
    for (const std::vector<MeetingCase>& parked : parked_) {
      for (const MeetingCase& other : parked) {
        if (other.channel == c.channel && other.sends != c.sends) return true;
      }
    }
    return false;
  }
  void CheckPartner(const MeetingCase& taken, MeetingResult& mine) {
    int partners = 0;
    for (size_t other = 0; other < parked_.size(); ++other) {
      MeetingResult& theirs = results_[other];
      if (parked_[other].empty() || !theirs.done) continue;
      ++partners;
      const MeetingCase& met = parked_[other][static_cast<size_t>(theirs.chosen.load())];
      Expect(met.channel == taken.channel && met.sends != taken.sends, "met at the same channel");
      const int sent = taken.sends ? taken.value : met.value;
      Expect((taken.sends ? theirs : mine).received == sent, "the value of the one to the other");
      parked_[other].clear();
    }
    Expect(partners == 1, "meets exactly one");
  }
  void ExpectNobodyElse() const {
    for (size_t other = 0; other < parked_.size(); ++other) {
      Expect(parked_[other].empty() || !results_[other].done, "nobody else goes on");
    }
  }

  // All that wait to receive there see it.
  void Close(int channel) {
    const auto c = static_cast<size_t>(channel);
    if (closed_[c] || Below(3) != 0 || SomebodySendsTo(channel)) return;
    closed_[c] = true;
    real_[c].Close();
    Sleep(kMoment);
    for (size_t other = 0; other < parked_.size(); ++other) {
      bool waits = false;
      for (const MeetingCase& parked : parked_[other]) waits |= parked.channel == channel;
      if (!waits) continue;
      Expect(results_[other].done && results_[other].received == kMeetingClosed, "sees the close");
      parked_[other].clear();
    }
    ExpectNobodyElse();
  }

  void Finish() {
    for (int channel = 0; channel < kMeetingChannels; ++channel) {
      const auto c = static_cast<size_t>(channel);
      while (real_[c].TryReceive()) {
      }
    }
    for (size_t c = 0; c < closed_.size(); ++c) {
      if (!closed_[c]) real_[c].Close();
    }
    for (const Channel<MeetingCommand>& commands : commands_) commands.Close();
    for (const Task& worker : workers_) worker.Join();
  }

  Random draw_;
  std::array<Channel<int>, kMeetingChannels> real_{Channel<int>(0), Channel<int>(0)};
  std::array<Channel<MeetingCommand>, kMeetingWorkers> commands_{
      Channel<MeetingCommand>(1), Channel<MeetingCommand>(1), Channel<MeetingCommand>(1),
      Channel<MeetingCommand>(1)};
  std::array<MeetingResult, kMeetingWorkers> results_;
  std::vector<Task> workers_;
  // The model, the controller's own.
  std::array<std::vector<MeetingCase>, kMeetingWorkers> parked_;
  std::array<bool, kMeetingChannels> closed_ = {};
  int next_value_ = 0;
};

TEST(UnbufferedModelTest, RandomSequencesAgreeWithSetsOfParkedTasks) {
  const Report report = Try(
      [] {
        MeetingWorld(
            Random(static_cast<uint64_t>(ChooseInt(0, std::numeric_limits<int64_t>::max()))))
            .Run();
      },
      {.schedules = kMeetingSequences, .clock = ClockPolicy::kWhenIdle});
  EXPECT_THAT(report, Passes());
}

}  // namespace
}  // namespace heddle::testing_support
