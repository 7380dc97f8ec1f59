// SPDX-License-Identifier: Apache-2.0
//
// Channels and select against a model: a deque for each channel. Nothing runs between the effect of an
// operation and the next step of its task, so the model sees operations in the order of their effects.
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heddle/core/random.h"
#include "heddle/core/sanitize.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/select.h"
#include "heddle/sync/task.h"
#include "heddle/sync/timer.h"
#include "support/scenario.h"

namespace heddle::testing_support {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kChannelSequences = HEDDLE_TSAN || HEDDLE_ASAN ? 5'000 : 100'000;
constexpr int kChannelOperations = 50;

// One thread at a time looks at it, and never over a step; its lock is for ThreadSanitizer, which takes the
// tasks for threads.
class ModelChannel {
 public:
  ModelChannel(size_t most, bool in_order) : capacity(most), fifo(in_order) {}

  bool CanSend() const {
    const std::lock_guard lock(mutex_);
    return !closed_ && values_.size() < capacity;
  }
  bool CanReceive() const {
    const std::lock_guard lock(mutex_);
    return !values_.empty() || closed_;
  }
  size_t Size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }
  bool Closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  void Append(int value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(value);
  }
  int Take() {
    const std::lock_guard lock(mutex_);
    const int value = values_.front();
    values_.pop_front();
    return value;
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  const size_t capacity;
  const bool fifo;  // who is in line there is served in another task's step: nobody gets in line

 private:
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::deque<int> values_;
};

// Real channels and their models. What is not as in the model is thrown.
class ChannelPair {
 public:
  explicit ChannelPair(Random& draw) {
    for (int i = 0; i < 3; ++i) {
      const size_t capacity = 1 + draw.Below(3);
      const bool fifo = draw.Below(3) == 0;
      real_.emplace_back(capacity, ChannelOptions{.fifo = fifo});
      model_.emplace_back(capacity, fifo);
    }
  }

  void Act(Random& draw) {
    const uint32_t c = draw.Below(3);
    switch (draw.Below(9)) {
      case 0: return TrySend(c);
      case 1: return Received(c, real_[c].TryReceive());
      case 2: return Expect(real_[c].Len() == model_[c].Size(), "len");
      case 3: return Select(draw);
      case 4: return TrySendFor(c);
      case 5: {
        const TryReceived<int> got = real_[c].TryReceiveFor(model_[c].fifo ? 0ms : 1ms);
        if (got || got.closed) Received(c, got);
        return;
      }
      case 6: return SelectWithTimeout(draw);
      case 7: return Close(draw, c);
      default: Yield();
    }
  }

 private:
  static void Expect(bool holds, const char* what) {
    if (!holds) throw std::string(what);
  }
  void Append(uint32_t c, int value) {
    Expect(model_[c].CanSend(), "sent though there is no room");
    model_[c].Append(value);
  }
  // To send on a closed channel is misuse: who closes waits until nobody sends, and nobody begins then.
  bool BeginSend(uint32_t c) {
    if (closing_[c]) return false;
    ++sending_[c];
    return true;
  }
  void TrySend(uint32_t c) {
    if (!BeginSend(c)) return;
    const int value = next_++;
    const bool sent = real_[c].TrySend(value);
    Expect(sent == model_[c].CanSend(), "try-send");
    if (sent) Append(c, value);
    --sending_[c];
  }
  void TrySendFor(uint32_t c) {
    if (!BeginSend(c)) return;
    const int value = next_++;
    if (real_[c].TrySendFor(value, model_[c].fifo ? 0ms : 1ms)) Append(c, value);
    --sending_[c];
  }
  void Close(Random& draw, uint32_t c) {
    if (draw.Below(4) != 0 || closing_[c] || sending_[c] > 0) return;
    closing_[c] = true;
    real_[c].Close();
    model_[c].Close();
  }
  void Received(uint32_t c, const TryReceived<int>& got) {
    ModelChannel& model = model_[c];
    const bool empty = model.Size() == 0;
    Expect(bool(got) == !empty, "received a value");
    Expect(got.closed == (empty && model.Closed()), "saw the close");
    if (got) Expect(*got == model.Take(), "received the oldest");
  }
  void Taken(uint32_t c, std::optional<int> got) { Received(c, {got, !got}); }

  void Select(Random& draw) {
    const int value = next_++;
    const uint32_t in = draw.Below(3), out = draw.Below(3);
    if (!BeginSend(out)) return;
    const size_t chosen =
        heddle::Select(OnReceive(real_[in], [&](std::optional<int> got) { Taken(in, got); }),
                       OnSend(real_[out], value), Default());
    if (chosen == 1) Append(out, value);
    if (chosen == 2) {
      Expect(!model_[in].CanReceive() && !model_[out].CanSend(), "default though a case is ready");
    }
    --sending_[out];
  }
  void SelectWithTimeout(Random& draw) {
    const uint32_t a = draw.Below(3), b = draw.Below(3);
    if (model_[a].fifo || model_[b].fifo) return;
    heddle::Select(OnReceive(real_[a], [&](std::optional<int> got) { Taken(a, got); }),
                   OnReceive(real_[b], [&](std::optional<int> got) { Taken(b, got); }),
                   OnReceive(After(1ms)));
  }

  std::vector<Channel<int>> real_;
  std::deque<ModelChannel> model_;
  std::atomic<int> sending_[3] = {};
  std::atomic<bool> closing_[3] = {};
  std::atomic<int> next_ = 0;
};

TEST(ChannelModelTest, RandomSequencesAgreeWithDeques) {
  Report report = Try(
      [&] {
        Random draw(static_cast<uint64_t>(ChooseInt(0, std::numeric_limits<int64_t>::max())));
        ChannelPair channels(draw);
        const uint32_t tasks = 2 + draw.Below(3);
        std::vector<Task> running;
        for (uint32_t t = 0; t < tasks; ++t) {
          running.push_back(Go([&channels, mine = draw.Split(t), tasks]() mutable {
            for (uint32_t i = 0; i < kChannelOperations / tasks; ++i) channels.Act(mine);
          }));
        }
        for (const Task& task : running) task.Join();
      },
      {.schedules = kChannelSequences});
  EXPECT_THAT(report, Passes());
}

}  // namespace
}  // namespace heddle::testing_support
