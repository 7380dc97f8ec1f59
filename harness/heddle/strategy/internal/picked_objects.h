// SPDX-License-Identifier: Apache-2.0
//
// The objects whose steps SURW counts in an execution: a small set that is asked about every runnable task at every
// decision. Where there is one, it is known without a look into the table.
//
// In the table each object has one place, by a hash that is drawn anew for each execution: of two objects with the same
// place the later one is left out. Cost: Add and Contains O(1), Begin O(objects).
#ifndef HEDDLE_STRATEGY_INTERNAL_PICKED_OBJECTS_H_
#define HEDDLE_STRATEGY_INTERNAL_PICKED_OBJECTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "heddle/core/ids.h"
#include "heddle/core/random.h"

namespace heddle {

class PickedObjects {
 public:
  // Empty again.
  void Begin(Random& random) {
    for (const uint32_t place : places_) table_[place] = kNoObject;
    places_.clear();
    first_ = kNoObject;
    factor_ = random.Next() | 1;
  }
  // Requires an object. False: it is left out.
  bool Add(ObjectId object) {
    const uint32_t place = PlaceOf(object);
    if (table_[place] != kNoObject) return false;
    table_[place] = object.value;
    if (places_.empty()) first_ = object.value;
    places_.push_back(place);
    return true;
  }
  bool Empty() const { return places_.empty(); }
  bool Contains(ObjectId object) const {
    if (object.value == first_) return first_ != kNoObject;
    return places_.size() > 1 && IsInTable(object);
  }

 private:
  static constexpr uint32_t kBits = 8;
  static constexpr uint32_t kNoObject = 0;

  bool IsInTable(ObjectId object) const {
    return object.value != kNoObject && table_[PlaceOf(object)] == object.value;
  }
  uint32_t PlaceOf(ObjectId object) const { return object.value * factor_ >> (32 - kBits); }

  std::array<uint32_t, 1u << kBits> table_ = {};
  std::vector<uint32_t> places_;  // in use
  uint32_t first_ = kNoObject;
  uint32_t factor_ = 1;
};

}  // namespace heddle

#endif  // HEDDLE_STRATEGY_INTERNAL_PICKED_OBJECTS_H_
