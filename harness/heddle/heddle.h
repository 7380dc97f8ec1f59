// SPDX-License-Identifier: Apache-2.0
//
// Everything a scenario needs, GoogleTest apart (heddle/gtest/heddle_test.h).
#ifndef HEDDLE_HEDDLE_H_
#define HEDDLE_HEDDLE_H_

#include "heddle/core/options.h"
#include "heddle/core/report.h"
#include "heddle/core/verdict.h"
#include "heddle/explore/explore.h"
#include "heddle/sync/atomic.h"
#include "heddle/sync/barrier.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/choice.h"
#include "heddle/sync/condition_variable.h"
#include "heddle/sync/context.h"
#include "heddle/sync/err_group.h"
#include "heddle/sync/event.h"
#include "heddle/sync/latch.h"
#include "heddle/sync/mutex.h"
#include "heddle/sync/once.h"
#include "heddle/sync/recursive_mutex.h"
#include "heddle/sync/select.h"
#include "heddle/sync/semaphore.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/shared_mutex.h"
#include "heddle/sync/std.h"
#include "heddle/sync/task.h"
#include "heddle/sync/task_local.h"
#include "heddle/sync/time.h"
#include "heddle/sync/timer.h"
#include "heddle/sync/wait_group.h"
#include "heddle/sync/weighted_semaphore.h"

#endif  // HEDDLE_HEDDLE_H_
