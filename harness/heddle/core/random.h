// SPDX-License-Identifier: Apache-2.0
//
// The one pseudo-random generator of Heddle.
//
// The same seed gives the same numbers with every compiler, on every machine and in every release
// of Heddle; tests/core/random_test.cc holds golden values. `std` and `absl` distributions give no
// such promise and are not used anywhere.
//
//   Random random(Mix(base, HashName("Suite.Test"), 17));
//   uint32_t slot = random.Below(4);       // uniform in {0, 1, 2, 3}, unbiased
//   Random data = random.Split(kData);     // an independent stream
//
// Sources: PCG32 XSH-RR (O'Neill, 'PCG: A Family of Simple Fast Space-Efficient Statistically Good
// Algorithms for Random Number Generation', 2014); bounded numbers by multiplication (Lemire, 'Fast
// Random Integer Generation in an Interval', 2019); mixing by the finaliser of SplitMix64 (Steele,
// Lea, Flood, 'Fast Splittable Pseudorandom Number Generators', 2014).
#ifndef HEDDLE_CORE_RANDOM_H_
#define HEDDLE_CORE_RANDOM_H_

#include <cstdint>
#include <string_view>

namespace heddle {

// A bijection of 64-bit words in which every input bit changes every output bit half of the time.
constexpr uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Combines words, in order, into one.
constexpr uint64_t Mix(uint64_t a, uint64_t b) { return Mix(Mix(a + 0x9e3779b97f4a7c15u) ^ b); }
constexpr uint64_t Mix(uint64_t a, uint64_t b, uint64_t c) { return Mix(Mix(a, b), c); }

// FNV-1a, mixed: the number that stands for a name in seeds and tokens.
constexpr uint64_t HashName(std::string_view name) {
  uint64_t h = 0xcbf29ce484222325u;
  for (char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return Mix(h);
}

// The stream of the values that a scenario draws (sync/choice.h): drawing one more changes no schedule.
inline constexpr uint64_t kDataStream = 0x64617461;

class Random {
 public:
  constexpr explicit Random(uint64_t seed = 0) : state_(Mix(seed + 0x9e3779b97f4a7c15u)) {}

  constexpr uint32_t Next() {
    uint64_t old = state_;
    state_ = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t shifted = static_cast<uint32_t>(((old >> 18) ^ old) >> 27);
    uint32_t rotation = static_cast<uint32_t>(old >> 59);
    return (shifted >> rotation) | (shifted << ((32 - rotation) & 31));
  }

  // Uniform in [0, n), without bias. Requires n > 0.
  constexpr uint32_t Below(uint32_t n) {
    uint64_t product = static_cast<uint64_t>(Next()) * n;
    if (static_cast<uint32_t>(product) < n) [[unlikely]] {
      const uint32_t threshold = (0u - n) % n;
      while (static_cast<uint32_t>(product) < threshold) {
        product = static_cast<uint64_t>(Next()) * n;
      }
    }
    return static_cast<uint32_t>(product >> 32);
  }

  // A generator whose numbers are independent of this one's and of those of other streams. Does not
  // change this generator.
  constexpr Random Split(uint64_t stream) const { return Random(Mix(state_, stream)); }

 private:
  uint64_t state_;
};

}  // namespace heddle

#endif  // HEDDLE_CORE_RANDOM_H_
