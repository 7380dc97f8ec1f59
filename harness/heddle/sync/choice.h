// SPDX-License-Identifier: Apache-2.0
//
// Values drawn by the scenario: input that is explored, recorded and replayed like a schedule.
//
//   operation          | result                                | misuse
//   Choose(n)          | a number below n                      | n = 0
//   Flip()             | true or false                         |
//   ChooseInt(lo, hi)  | a number from lo to hi, both included | lo > hi
//   Choose(range)      | a reference to one of its elements    | the range is empty
//   ChooseFrom({...})  | a copy of one of the values           | the list is empty
//
// None is a step: nobody else can observe it. Each is a decision, or several of at most 65,536 alternatives
// each where there are more; where there is but one alternative it is none. Every value can come, and under
// the random walk all are equally likely (over more than 2^32 values, nearly so). Chance comes from a stream of
// its own: drawing one more value changes no schedule. What was drawn stands in a report's interleaving, in a row
// without a number; a replay draws the same.
//
// A DataStream is for input in bulk: its seed is drawn once, by one decision among 65,536; its numbers are
// computed from that.
//
//   const uint32_t workers = 1 + heddle::Choose(4);
//   std::string& key = heddle::Choose(keys);
//   heddle::DataStream data;
//   for (int& sample : samples) sample = static_cast<int>(data.Int(-100, 100));
#ifndef HEDDLE_SYNC_CHOICE_H_
#define HEDDLE_SYNC_CHOICE_H_

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <ranges>

#include "heddle/core/location.h"
#include "heddle/core/random.h"

namespace heddle {

uint32_t Choose(uint32_t n, Location where = Location::Here());
bool Flip(Location where = Location::Here());
int64_t ChooseInt(int64_t lo, int64_t hi, Location where = Location::Here());

namespace internal {
// As Choose(n); ends the task rather than return if there is nothing to choose from.
uint64_t ChooseElement(uint64_t n, Location where);
}  // namespace internal

template <std::ranges::forward_range R>
requires std::ranges::borrowed_range<R>
decltype(auto) Choose(R&& range, Location where = Location::Here()) {
  const auto n = static_cast<uint64_t>(std::ranges::distance(range));
  const uint64_t index = internal::ChooseElement(n, where);
  return *std::ranges::next(std::ranges::begin(range),
                            static_cast<std::ranges::range_difference_t<R>>(index));
}

template <class T>
T ChooseFrom(std::initializer_list<T> values, Location where = Location::Here()) {
  return values.begin()[internal::ChooseElement(values.size(), where)];
}

class DataStream {
 public:
  explicit DataStream(Location where = Location::Here());

  uint32_t Next() { return random_.Next(); }
  // Requires n > 0.
  uint32_t Below(uint32_t n) { return random_.Below(n); }
  bool Flip() { return Below(2) == 1; }
  // From lo to hi, both included. Requires lo <= hi.
  int64_t Int(int64_t lo, int64_t hi);

 private:
  Random random_;
};

}  // namespace heddle

#endif  // HEDDLE_SYNC_CHOICE_H_
