// SPDX-License-Identifier: Apache-2.0
//
// moby#4395: the result of an asynchronous call was never fetched.
//
// The call runs a function in a task of its own, which sends the error to an unbuffered channel.
// The caller drops the channel: the runner waits for a receiver for good.
// Fixed: the channel has room for the one error.
#include <stdexcept>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

using Moby4395Error = std::runtime_error;

template <class F>
Receiver<Moby4395Error> Moby4395RunAsync(F function, Version version) {
  Channel<Moby4395Error> result(version == Version::kFixed ? 1 : 0, "result");
  Go("runner", [=] { result.Send(function()); });
  return result;
}

const Subject kMoby4395 = {{
    .name = "moby_4395",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          (void)Moby4395RunAsync([] { return Moby4395Error("no such container"); }, version);
        },
    .explains = {"T1 -> needs a receive on channel \"result\" -> no other task receives there",
                 "moby_4395.cc:23"},
    .options = {.vacuous_ok = true},  // the caller takes no step beside the runner
}};

}  // namespace
}  // namespace catalogue
