// SPDX-License-Identifier: Apache-2.0
//
// moby#29733: a plugin was waited for that nobody would ever activate.
//
// A check waits, in a task of its own, until the plugin is active. Registering a handler marks
// every plugin of the table as not active, and nothing marks it as active again: the next check
// waits for good.
// The kernel as extracted starts with a plugin that is not active; in the real program it was, as
// here, and the second check hung.
// Fixed: registering a handler leaves that mark alone and clears one of its own.
#include <map>
#include <string>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct Moby29733Plugin {
  Mutex mu{"plugin.mu"};
  ConditionVariable activated{"activated"};
  bool active = true;
  bool handlers_run = true;

  void AwaitActive() {
    MutexLock lock(mu);
    activated.wait(lock, [&] { return active; });
  }
};

struct Moby29733 {
  SharedMutex handlers{"handlers"};
  std::map<std::string, Moby29733Plugin> plugins;

  void CheckActive() {
    Channel<Done> checked(0, "checked");
    Go("check", [this, checked] {
      plugins.at("plugin").AwaitActive();
      checked.Close();
    });
    (void)checked.Receive();
  }

  void RegisterHandler(Version version) {
    WriterLock lock(handlers);
    for (auto& [name, plugin] : plugins) {
      if (version == Version::kBuggy) {
        plugin.active = false;
      } else {
        MutexLock plugin_lock(plugin.mu);
        plugin.handlers_run = false;
      }
    }
  }
};

const Subject kMoby29733 = {{
    .name = "moby_29733",
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body =
        [](Version version) {
          Moby29733 table;
          table.plugins["plugin"];
          table.CheckActive();
          table.RegisterHandler(version);
          table.CheckActive();
        },
    .explains = {"T0 -> needs a send on channel \"checked\" or its close", "T2 check",
                 "T2 -> needs a notify on condition variable \"activated\" -> no other task "
                 "notifies there",
                 "moby_29733.cc:30"},
}};

}  // namespace
}  // namespace catalogue
