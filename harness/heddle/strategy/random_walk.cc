// SPDX-License-Identifier: Apache-2.0
#include "heddle/strategy/random_walk.h"

#include <optional>

#include "heddle/core/random.h"

namespace heddle {
namespace {

class RandomWalk : public Strategy {
 public:
  std::string_view name() const final { return "random"; }
  void Begin(uint64_t seed) final {
    random_ = Random(seed);
    seed_ = seed;
    data_.reset();
  }
  uint32_t ChooseTask(const Alternatives& alternatives) override {
    const RunnableSet& runnable = alternatives.runnable();
    return runnable.Nth(random_.Below(runnable.Count()));
  }
  uint32_t ChooseIndex(uint32_t count, Operation operation) final {
    return operation.kind == OperationKind::kChoose ? Data().Below(count) : random_.Below(count);
  }

 protected:
  Random random_;

 private:
  // Made when first drawn from: few scenarios do, and an execution begins faster without.
  Random& Data() {
    if (!data_) data_ = Random(seed_).Split(kDataStream);
    return *data_;
  }

  uint64_t seed_ = 0;
  std::optional<Random> data_;
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
      return runnable.Nth(random_.Below(runnable.Count()));
    }
    const uint64_t low = runnable.low();
    const uint32_t k = random_.Below(static_cast<uint32_t>(__builtin_popcountll(low)));
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
