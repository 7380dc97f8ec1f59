// SPDX-License-Identifier: Apache-2.0
//
// Rate limiter: stopping it left those who waited for their turn waiting.
//
// Each call waits for a tick of a ticker, unless the limiter was stopped before. Stopping it closes
// a channel, which tells calls to come, and stops the ticker. But that does not close the ticker's
// channel: a call that waits there already never gets a tick.
// Fixed: a call waits for a tick and for the stop at the same time.
#include <chrono>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;
using namespace std::chrono_literals;

struct RateLimiter {
  const Version version;
  Ticker ticker{10ms, "ticker"};
  Channel<int> stopped{0, "stopped"};

  // Whether the call may be made: false once the limiter is stopped.
  bool Await() {
    if (version == Version::kFixed) return Select(OnReceive(ticker.C()), OnReceive(stopped)) == 0;
    if (stopped.TryReceive().closed) return false;
    (void)ticker.C().Receive();
    return true;
  }

  void Stop() {
    stopped.Close();
    ticker.Stop();
  }

  static void Run(Version version) {
    RateLimiter limiter{version};
    WaitGroup clients("clients");
    for (int i = 0; i < 2; ++i) clients.Go("client", [&] { limiter.Await(); });
    limiter.Stop();
    clients.Wait();
  }
};

const Subject kRateLimiter = {{
    .name = "rate_limiter",
    .suite = Suite::kClassics,
    .expected = Verdict::kDeadlock,
    .when = When::kSome,
    .body = RateLimiter::Run,
    .explains = {"-> needs ticker \"ticker\" to fire -> it is stopped",
                 "receive from ticker \"ticker\" (stopped)", "rate_limiter.cc:29"},
}};

}  // namespace
}  // namespace catalogue
