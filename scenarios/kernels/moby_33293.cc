// SPDX-License-Identifier: Apache-2.0
//
// moby#33293: an error was put into an unbuffered channel before anybody could have the channel.
//
// A function makes the channel, calls what may fail, sends the error if it did, and only then
// returns the channel to its caller, who would receive. On failure it sends for good.
// Fixed: the channel has room for the one error.
#include <stdexcept>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

using Moby33293Error = std::runtime_error;

Receiver<Moby33293Error> Moby33293Wait(Version version) {
  Channel<Moby33293Error> errors(version == Version::kFixed ? 1 : 0, "errors");
  const bool failed = Flip();
  if (failed) errors.Send(Moby33293Error("container is gone"));
  return errors;
}

const Subject kMoby33293 = {{
    .name = "moby_33293",
    .expected = Verdict::kLeak,
    .when = When::kSome,
    .body = [](Version version) { Go("waiter", [=] { (void)Moby33293Wait(version); }); },
    .explains = {"T1 -> needs a receive on channel \"errors\" -> no other task receives there",
                 "moby_33293.cc:23"},
}};

}  // namespace
}  // namespace catalogue
