// SPDX-License-Identifier: Apache-2.0
#include "heddle/runtime/internal/exceptions.h"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <typeinfo>

#include "heddle/runtime/internal/execution.h"

namespace heddle::internal {
namespace {

std::string TypeOfCurrentException() {
  const std::type_info* info = abi::__cxa_current_exception_type();
  if (info == nullptr) return "an object of unknown type";
  int status = 0;
  char* demangled = abi::__cxa_demangle(info->name(), nullptr, nullptr, &status);
  std::string type = status == 0 ? demangled : info->name();
  std::free(demangled);
  return type;
}

}  // namespace

std::string DescribeCurrentException() {
  const std::string type = TypeOfCurrentException();
  try {
    throw;
  } catch (const std::exception& exception) {
    return type + ": " + exception.what();
  } catch (const std::string& text) {
    return type + ": " + text;
  } catch (const char* text) {
    return type + ": " + text;
  } catch (...) {
    return type;
  }
}

void AwaitException() {
  if (x.failure != nullptr) return;  // it has another cause
  x.awaited = {.task = x.current,
               .in_flight = x.thread.exceptions->uncaught,
               .caught = x.thread.exceptions->caught};
}

// One less is in flight, and another than before was caught last. (Others may come and go in destructors on
// its way.)
void TellAwaitedException(const char* how) {
  if (x.awaited.task != x.current || x.awaited.task == nullptr) return;
  if (x.thread.exceptions->uncaught >= x.awaited.in_flight) return;
  if (x.thread.exceptions->caught != x.awaited.caught) {
    x.failure->message += std::string("; ") + how + ": " + DescribeCurrentException();
  }
  x.awaited = {};
}

}  // namespace heddle::internal
