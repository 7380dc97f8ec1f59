// SPDX-License-Identifier: Apache-2.0
//
// What is known of the user's exceptions.
//
// Of one in flight nobody can tell what it is: not before it is caught, by the user or where it leaves its
// task. A failure that it led to in a destructor on its way waits for that: the tasks are unwound meanwhile,
// and the exception goes on through its frames.
#ifndef HEDDLE_RUNTIME_INTERNAL_EXCEPTIONS_H_
#define HEDDLE_RUNTIME_INTERNAL_EXCEPTIONS_H_

#include <string>

namespace heddle::internal {

// "std::runtime_error: disk full". Inside a catch block or a terminate handler.
std::string DescribeCurrentException();

// The failure to come is due to an exception that is in flight in the running task: what it is will be told
// in the failure's message.
void AwaitException();
// It may have been caught: "<how>: <what it is>", `how` being what happened to it. (What is caught next is taken
// for it: one that was caught and is gone by the task's next operation has left no trace.)
void TellAwaitedException(const char* how);

}  // namespace heddle::internal

#endif  // HEDDLE_RUNTIME_INTERNAL_EXCEPTIONS_H_
