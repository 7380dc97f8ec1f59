// SPDX-License-Identifier: Apache-2.0
#include "heddle/detect/access_history.h"

namespace heddle {

// read_ is about to be replaced by a read of the owner of `clock`, which does not know of it.
void AccessHistory::KeepRead(const VectorClock& clock, Arena& arena) {
  // Forget those that the new read subsumes, and an older one of the same task as read_.
  ReadNode** link = &more_reads_;
  while (*link != nullptr) {
    const Epoch epoch = (*link)->read.epoch;
    if (epoch.slot == read_.epoch.slot || clock.Knows(epoch)) {
      *link = (*link)->next;
    } else {
      link = &(*link)->next;
    }
  }
  more_reads_ = arena.New<ReadNode>(ReadNode{read_, more_reads_});
}

const Access* AccessHistory::UnknownRead(const VectorClock& clock) const {
  for (const ReadNode* node = more_reads_; node != nullptr; node = node->next) {
    if (!clock.Knows(node->read.epoch)) return &node->read;
  }
  return nullptr;
}

}  // namespace heddle
