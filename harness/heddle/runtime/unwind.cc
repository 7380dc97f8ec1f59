// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/unwind.h"

#include <cxxabi.h>

#include <cstdint>
#include <exception>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

std::terminate_handler users_handler = nullptr;

// Operations that may not throw and did nothing, of one task.
constexpr uint32_t kMostIgnored = 10'000;

void OnTerminate() {
  if (x.serial == kUnwinding && x.current != &x.driver) {
    // A noexcept frame met Unwind. Nothing can return into this stack any more; the driver drops
    // it.
    Hidden hidden;
    abi::__cxa_end_catch();  // nobody else will free the Unwind
    SwitchTo(x.current, &x.driver);
  }
  if (users_handler != nullptr) users_handler();
}

}  // namespace

TerminateGuard::TerminateGuard() { users_handler = std::set_terminate(OnTerminate); }
TerminateGuard::~TerminateGuard() { std::set_terminate(users_handler); }

void Abandon(Throws throws) {
  if (x.current == &x.driver) return;
  // In a destructor that runs because of an exception, ours or the user's, nothing may be thrown.
  if (std::uncaught_exceptions() > 0) return;
  // A loop of nothing but such operations would go on for ever.
  if (throws == Throws::kNo && ++x.current->ignored <= kMostIgnored) return;
  throw Unwind{};
}

}  // namespace heddle::internal
