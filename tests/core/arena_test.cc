// SPDX-License-Identifier: Apache-2.0
//
// An arena hands out memory that nobody else has, and after a reset the same memory again.
#include "heddle/core/arena.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "heddle/core/random.h"

namespace heddle {
namespace {

struct Piece {
  unsigned char* start;
  size_t size;
  unsigned char fill;
};

// Allocates pieces of many sizes and alignments and fills each; all must keep what was written.
std::vector<void*> FillAndCheck(Arena& arena, uint64_t seed, int count, uint32_t largest) {
  Random random(seed);
  std::vector<Piece> pieces;
  std::vector<void*> addresses;
  for (int i = 0; i < count; ++i) {
    const size_t size = 1 + random.Below(largest);
    const size_t align = size_t{1} << random.Below(7);
    void* memory = arena.Allocate(size, align);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % align, 0u) << "piece " << i;
    std::memset(memory, i & 0xff, size);
    pieces.push_back({static_cast<unsigned char*>(memory), size, static_cast<unsigned char>(i)});
    addresses.push_back(memory);
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    bool intact = true;
    for (size_t b = 0; b < piece.size; ++b) intact = intact && piece.start[b] == piece.fill;
    EXPECT_TRUE(intact) << "piece " << i << " of " << piece.size << " bytes was overwritten";
  }
  return addresses;
}

TEST(ArenaTest, PiecesDoNotOverlapAndAreAligned) {
  Arena arena;
  FillAndCheck(arena, 1, 5000, 200);
}

TEST(ArenaTest, PiecesOfManyBlocksDoNotOverlap) {
  Arena arena;
  FillAndCheck(arena, 2, 60, 300'000);
}

TEST(ArenaTest, AResetGivesTheSameMemoryAgain) {
  Arena arena;
  const std::vector<void*> first = FillAndCheck(arena, 3, 40, 300'000);
  for (int round = 0; round < 5; ++round) {
    arena.Reset();
    EXPECT_EQ(FillAndCheck(arena, 3, 40, 300'000), first);
  }
}

TEST(ArenaTest, OtherRequestsAfterAResetDoNotOverlap) {
  Arena arena;
  for (uint64_t seed = 10; seed < 20; ++seed) {
    arena.Reset();
    FillAndCheck(arena, seed, 30, 3'000'000);
  }
}

TEST(ArenaTest, OneThatGaveItsMemoryBackMeetsTheSameRequests) {
  Arena arena;
  const std::vector<void*> before = FillAndCheck(arena, 3, 400, 100'000);
  EXPECT_TRUE(arena.GiveBack());
  EXPECT_FALSE(arena.GiveBack());
  EXPECT_EQ(FillAndCheck(arena, 3, 4, 1'000).front(), before.front());
  FillAndCheck(arena, 4, 400, 100'000);
  Arena unused;
  EXPECT_FALSE(unused.GiveBack());
  FillAndCheck(unused, 5, 100, 1'000);
}

TEST(ArenaTest, ARequestLargerThanABlockIsMet) {
  Arena arena;
  void* small = arena.Allocate(8);
  auto* large = static_cast<unsigned char*>(arena.Allocate(5u << 20));
  std::memset(large, 1, 5u << 20);
  std::memset(small, 2, 8);
  EXPECT_EQ(large[0], 1);
  EXPECT_EQ(large[(5u << 20) - 1], 1);
}

TEST(ArenaTest, ResetOfAnUnusedArenaDoesNothing) {
  Arena arena;
  arena.Reset();
  EXPECT_NE(arena.Allocate(1), nullptr);
}

TEST(ArenaTest, NewConstructsInPlace) {
  struct alignas(32) Pair {
    Pair(int first, int second) : a(first), b(second) {}
    int a;
    int b;
  };
  Arena arena;
  arena.Allocate(1, 1);
  Pair* pair = arena.New<Pair>(3, 4);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pair) % 32, 0u);
  EXPECT_EQ(pair->a, 3);
  EXPECT_EQ(pair->b, 4);
}

}  // namespace
}  // namespace heddle
