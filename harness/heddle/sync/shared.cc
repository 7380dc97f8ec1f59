// SPDX-License-Identifier: Apache-2.0
#include "heddle/sync/shared.h"

#include <string>
#include <utility>

namespace heddle::internal {

void ReportRace(const SharedState& variable, const Access& earlier, bool write, Location where,
                Throws throws) {
  const std::string label = LabelOf(variable);
  auto describe = [&](bool is_write) { return (is_write ? "write of " : "read of ") + label; };
  Failure failure;
  failure.verdict = Verdict::kRace;
  failure.slot = x.current->slot;
  failure.at = where;
  failure.message = "two accesses to " + label + " are not ordered";
  failure.accesses = {
      AccessSnapshot{earlier.epoch.slot, describe(earlier.write), earlier.where, {}},
      AccessSnapshot{x.current->slot, describe(write), where, {}},
  };
  FailHere(std::move(failure), throws);
}

void RefuseToReset(const char* name, Location where) {
  const std::string label =
      name != nullptr ? "variable \"" + std::string(name) + "\"" : "a Shared variable";
  Misuse(OperationKind::kNone, nullptr, where, Throws::kYes,
         label + " lives outside the executions but cannot be copied to reset it",
         "create it inside the scenario's body, or give it a copyable type");
}

}  // namespace heddle::internal
