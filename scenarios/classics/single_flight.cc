// SPDX-License-Identifier: Apache-2.0
//
// Single flight: when the request failed, those who shared it were never told.
//
// Of several tasks that want the same thing at the same time one makes the request, the others wait
// for its result. The request throws, and the exception leaves the function before it forgets the
// flight and wakes those who wait: they, and everybody who comes later, wait for ever.
// Fixed: a guard does both on every path.
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

struct SingleFlight {
  struct Flight {
    Event landed{"landed"};
    std::optional<int> result;
  };

  Mutex mu{"mu"};
  std::map<std::string, std::shared_ptr<Flight>> flights;

  // The flight, and whether the caller leads it.
  std::pair<std::shared_ptr<Flight>, bool> Join(const std::string& key) {
    MutexLock lock(mu);
    std::shared_ptr<Flight>& flight = flights[key];
    const bool leads = flight == nullptr;
    if (leads) flight = std::make_shared<Flight>();
    return {flight, leads};
  }

  void Land(const std::string& key) {
    MutexLock lock(mu);
    flights[key]->landed.Set();
    flights.erase(key);
  }

  struct Landing {
    SingleFlight& cache;
    const std::string& key;
    ~Landing() { cache.Land(key); }
  };

  std::optional<int> Get(Version version, const std::string& key) {
    const auto [flight, leads] = Join(key);
    if (!leads) {
      flight->landed.Wait();
      return flight->result;
    }
    if (version == Version::kBuggy) {
      flight->result = Request();
      Land(key);
    } else {
      const Landing landing{*this, key};
      flight->result = Request();
    }
    return flight->result;
  }

  static int Request() { throw std::runtime_error("unreachable"); }

  static void Run(Version version) {
    SingleFlight cache;
    WaitGroup clients("clients");
    for (int i = 0; i < 3; ++i) {
      clients.Go("client", [&] {
        try {
          cache.Get(version, "key");
        } catch (const std::runtime_error&) {
        }
      });
    }
    clients.Wait();
  }
};

const Subject kSingleFlight = {{
    .name = "single_flight",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kAlways,
    .body = SingleFlight::Run,
    .explains = {"needs event \"landed\" to be set -> no other task sets it there",
                 "single_flight.cc:57"},
}};

}  // namespace
}  // namespace catalogue
