// SPDX-License-Identifier: Apache-2.0
//
// Which accesses to one plain variable nothing orders: a race is two accesses by different tasks,
// at least one a write, neither of which happens before the other.
//
// Keeps the last write and the last read of each task since; a read that happens after all kept
// reads replaces them, so that nearly all variables need one entry of each and O(1) time. A
// variable read by n unordered tasks costs O(n) at the next write. Precise: reports a race exactly
// if one of the kept accesses races with the new one, and the first race on a variable is always
// seen.
//
// Source: Flanagan and Freund, 'FastTrack: Efficient and Precise Dynamic Race Detection', 2009.
#ifndef HEDDLE_DETECT_ACCESS_HISTORY_H_
#define HEDDLE_DETECT_ACCESS_HISTORY_H_

#include <cstdint>

#include "heddle/core/arena.h"
#include "heddle/core/location.h"
#include "heddle/core/sanitize.h"
#include "heddle/detect/vector_clock.h"

namespace heddle {

struct Access {
  Epoch epoch;  // count 0: none
  bool write = false;
  Location where;
};

class AccessHistory {
 public:
  // The task in `slot`, whose present is `clock`, reads. Returns the earlier access with which that
  // races, or null.
  HEDDLE_UNCHECKED const Access* OnRead(uint32_t slot, const VectorClock& clock, Location where,
                                        Arena& arena) {
    const Epoch now = clock.At(slot);
    if (read_.epoch == now) {
      read_.where = where;
      return nullptr;
    }
    if (!clock.Knows(write_.epoch)) return &write_;
    if (!clock.Knows(read_.epoch)) [[unlikely]]
      KeepRead(clock, arena);
    read_ = Access{now, false, where};
    return nullptr;
  }

  HEDDLE_UNCHECKED const Access* OnWrite(uint32_t slot, const VectorClock& clock, Location where) {
    const Epoch now = clock.At(slot);
    if (write_.epoch == now && read_.epoch.count == 0) {
      write_.where = where;
      return nullptr;
    }
    if (!clock.Knows(write_.epoch)) return &write_;
    if (!clock.Knows(read_.epoch)) return &read_;
    if (more_reads_ != nullptr) [[unlikely]] {
      if (const Access* read = UnknownRead(clock)) return read;
      more_reads_ = nullptr;
    }
    // Every earlier read happens before this write, so only the write matters from now on.
    read_.epoch = Epoch{};
    write_ = Access{now, true, where};
    return nullptr;
  }

 private:
  struct ReadNode {
    Access read;
    ReadNode* next = nullptr;
  };
  void KeepRead(const VectorClock& clock, Arena& arena);
  const Access* UnknownRead(const VectorClock& clock) const;

  Access write_;
  Access read_;                     // the latest
  ReadNode* more_reads_ = nullptr;  // earlier ones that the later did not know of
};

}  // namespace heddle

#endif  // HEDDLE_DETECT_ACCESS_HISTORY_H_
