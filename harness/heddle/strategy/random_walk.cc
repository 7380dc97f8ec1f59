// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/random_walk.h"

#include "heddle/strategy/internal/chance.h"

namespace heddle {
namespace {

class RandomWalk : public Strategy {
 public:
  std::string_view name() const final { return "random"; }
  void Begin(uint64_t seed) final { chance_.Begin(seed); }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    return chance_.AnyOf(alternatives.runnable());
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) final {
    return chance_.Index(count, operation);
  }

 protected:
  Chance chance_;
};

#if defined(__x86_64__)
// Finds the k-th runnable task by the processor's bit deposit: a loop over the bits has a random
// count and so mispredicts. The same decisions as RandomWalk.
class RandomWalkBmi2 final : public RandomWalk {
 public:
  __attribute__((target("bmi,bmi2,popcnt"))) uint32_t ChooseTask(
      const Alternatives& alternatives) override {
    const RunnableSet& runnable = alternatives.runnable();
    if (runnable.high_count() != 0) [[unlikely]] {
      return chance_.AnyOf(runnable);
    }
    const uint64_t low = runnable.low();
    const uint32_t k = chance_.schedule().Below(static_cast<uint32_t>(__builtin_popcountll(low)));
    return static_cast<uint32_t>(__builtin_ctzll(__builtin_ia32_pdep_di(uint64_t{1} << k, low)));
  }
};
#endif

}  // namespace

std::unique_ptr<Strategy> MakePortableRandomWalk() { return std::make_unique<RandomWalk>(); }

std::unique_ptr<Strategy> MakeRandomWalk() {
#if defined(__x86_64__)
  if (HasFastBits()) return std::make_unique<RandomWalkBmi2>();
#endif
  return MakePortableRandomWalk();
}

}  // namespace heddle
