// SPDX-License-Identifier: Apache-2.0
//
// Names of the harness's own objects, by which detectors know what stands behind them.
#ifndef HEDDLE_CORE_NAMES_H_
#define HEDDLE_CORE_NAMES_H_

namespace heddle {

// The event that is set when the result of a promise, packaged_task or async is ready.
inline constexpr char kFutureName[] = "std::future";

}  // namespace heddle

#endif  // HEDDLE_CORE_NAMES_H_
