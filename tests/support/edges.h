// SPDX-License-Identifier: Apache-2.0
//
// Happens-before edges, tested both ways: each is a pair of scenarios that differ in one thing, whether the
// write stands before or after the operation that publishes it. With a Shared variable in every build, with
// plain memory where ThreadSanitizer looks on.
//
//   struct World { Mutex mutex; Stage stage; };
//   const Edge<World> kEdges[] = {{"unlock to lock", [](World& w) {...}, [](World& w) {...}}};
//   TEST(...) { for (const Edge<World>& edge : kEdges) ExpectOrders(edge); }
#ifndef HEDDLE_TESTS_SUPPORT_EDGES_H_
#define HEDDLE_TESTS_SUPPORT_EDGES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "heddle/core/sanitize.h"
#include "heddle/sync/channel.h"
#include "heddle/sync/shared.h"
#include "heddle/sync/task.h"
#include "support/scenario.h"

namespace heddle::testing_support {

// What `publish` did before happens before what follows `observe`, if that comes to see it.
template <class World>
struct Edge {
  const char* name;
  std::function<void(World&)> publish;
  std::function<void(World&)> observe;
  // Before the two tasks start.
  std::function<void(World&)> prepare = [](World&) {};
};

// The write before `first` and the read after `second` stay unordered, though `second` comes later. World
// has a `Stage stage`.
template <class World>
struct NonEdge {
  const char* name;
  std::function<void(World&)> first;
  std::function<void(World&)> second;
  std::function<void(World&)> prepare = [](World&) {};
};

inline constexpr uint32_t kSilentSchedules = 10'000;
inline constexpr uint32_t kRacySchedules = 300;

// A variable that only ThreadSanitizer watches.
class PlainVariable {
 public:
  PlainVariable(int value, const char*) : value_(value) {}
  void Set(int value) { value_ = value; }
  int Get() const { return *const_cast<const volatile int*>(&value_); }

 private:
  int value_;
};

template <class World, class Variable>
Report ExploreEdge(const Edge<World>& edge, bool late) {
  return Try(
      [&] {
        World w;
        Variable value(0, "value");
        edge.prepare(w);
        Task writer = Go("writer", [&] {
          if (!late) value.Set(1);
          edge.publish(w);
          if (late) value.Set(1);
        });
        Task reader = Go("reader", [&] {
          edge.observe(w);
          (void)value.Get();
        });
        writer.Join();
        reader.Join();
      },
      {.name = edge.name, .schedules = late ? kRacySchedules : kSilentSchedules});
}

template <class World>
void ExpectOrders(const Edge<World>& edge) {
  SCOPED_TRACE(edge.name);
  EXPECT_THAT((ExploreEdge<World, Shared<int>>(edge, false)), Passes());
  EXPECT_THAT((ExploreEdge<World, Shared<int>>(edge, true)), Fails(Verdict::kRace, "\"value\""));
#if HEDDLE_TSAN
  EXPECT_THAT((ExploreEdge<World, PlainVariable>(edge, false)), Passes());
  EXPECT_THAT((ExploreEdge<World, PlainVariable>(edge, true)), Fails(Verdict::kRace, "data race"));
#endif
}

template <class World, class Variable>
Report ExploreNonEdge(const NonEdge<World>& row) {
  return Try(
      [&] {
        auto w = std::make_shared<World>();
        auto value = std::make_shared<Variable>(0, "value");
        row.prepare(*w);
        Go({.name = "writer", .daemon = true}, [&row, w, value] {
          value->Set(1);
          row.first(*w);
          w->stage.Add();
          (void)Channel<int>().Receive();
        });
        Go({.name = "reader", .daemon = true}, [&row, w, value] {
          w->stage.Await(1);
          row.second(*w);
          (void)value->Get();
          w->stage.Add();
        });
        w->stage.Await(2);
      },
      {.name = row.name, .schedules = kRacySchedules});
}

template <class World>
void ExpectOrdersNothing(const NonEdge<World>& row) {
  SCOPED_TRACE(row.name);
  EXPECT_THAT((ExploreNonEdge<World, Shared<int>>(row)), Fails(Verdict::kRace, "\"value\""));
#if HEDDLE_TSAN
  EXPECT_THAT((ExploreNonEdge<World, PlainVariable>(row)), Fails(Verdict::kRace, "data race"));
#endif
}

}  // namespace heddle::testing_support

#endif  // HEDDLE_TESTS_SUPPORT_EDGES_H_
