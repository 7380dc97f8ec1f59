// SPDX-License-Identifier: Apache-2.0
//
// moby#25384: initialising plugins waited for all of them after the first.
//
// The wait group counts two plugins; each is initialised by a task that is spawned in a loop. The
// wait stands inside the loop: in the first round it waits for two, of which one was spawned.
// Fixed: it waits after the loop.
#include <memory>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Moby25384 {
  WaitGroup group{"group"};

  static void Init(const std::shared_ptr<Moby25384>& plugins, Version version) {
    plugins->group.Add(2);
    for (int i = 0; i < 2; ++i) {
      Go("restorer", [plugins] { plugins->group.Done(); });
      if (version == Version::kBuggy) plugins->group.Wait();
    }
    if (version == Version::kFixed) plugins->group.Wait();
  }
};

const Subject kMoby25384 = {{
    .name = "moby_25384",
    .expected = Verdict::kLeak,
    .when = When::kAlways,
    .body =
        [](Version version) {
          auto plugins = std::make_shared<Moby25384>();
          Go("init", [plugins, version] { Moby25384::Init(plugins, version); });
        },
    .explains = {"T1 init wait wait group \"group\" (counter 1) moby_25384.cc:25",
                 "only T1.1 calls Done there: T1.1 has finished"},
}};

}  // namespace
}  // namespace catalogue
