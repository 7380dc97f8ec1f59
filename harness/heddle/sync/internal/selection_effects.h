// SPDX-License-Identifier: Apache-2.0
//
// What a selection does to channels once it has chosen. Outside any Hidden region: values are moved.
#ifndef HEDDLE_SYNC_INTERNAL_SELECTION_EFFECTS_H_
#define HEDDLE_SYNC_INTERNAL_SELECTION_EFFECTS_H_

#include "heddle/sync/internal/selection.h"

namespace heddle::internal {

// The longest waiting case in `line` that is available to a partner, not of the task `except`; null if
// there is none. In a Hidden region.
Case* FirstAvailable(const Line& line, const TaskState* except);
// Another task's step did all that the parked selection of `c` waited for. In a Hidden region.
void CompleteCase(Case& c);

// Effects of the operation of c.selection->task, be it the running one or not.
void SendToBuffer(Case& c);
void ReceiveFromBuffer(Case& c);
// Serves those in line at a FIFO channel with a buffer, as far as possible.
void Serve(ChannelState* channel);
// Hands the value over between the running task's case and that of a parked partner.
void Meet(Case& mine, Case& partner);

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_SELECTION_EFFECTS_H_
