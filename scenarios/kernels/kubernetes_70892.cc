// SPDX-License-Identifier: Apache-2.0
//
// kubernetes#70892: parallel workers replaced the rows of the result that others looked at.
//
// Two workers share two pieces of work. Whatever piece it got, a worker looks into each of three
// rows and replaces it by a new one. If each worker gets a piece, its reads and writes of the rows
// are not ordered with those of the other; if one takes both pieces, all is well.
// Fixed: a worker writes, in each row, only the element that belongs to its piece.
#include <deque>
#include <initializer_list>
#include <memory>

#include "catalogue/memory.h"
#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

template <template <class> class Variable>
struct Kubernetes70892Row {
  explicit Kubernetes70892Row(std::initializer_list<int> values) {
    for (int value : values) elements.emplace_back(value, "element");
  }
  std::deque<Variable<int>> elements;
};

template <template <class> class Variable>
struct Kubernetes70892 {
  using Row = Kubernetes70892Row<Variable>;

  static std::unique_ptr<Row> NewRow(std::initializer_list<int> values) {
    return std::make_unique<Row>(values);
  }

  Channel<int> work{2, "work"};
  Channel<int> stop;  // null: nobody stops the workers
  Variable<std::unique_ptr<Row>> rows[3]{Variable<std::unique_ptr<Row>>(NewRow({0, 0}), "row 0"),
                                         Variable<std::unique_ptr<Row>>(NewRow({0, 0}), "row 1"),
                                         Variable<std::unique_ptr<Row>>(NewRow({0, 0}), "row 2")};
  WaitGroup workers{"workers"};

  void Process(int piece, Version version) {
    for (auto& row : rows) {
      if (version == Version::kFixed) {
        (*row.Read())->elements[piece].Set(7);
      } else if ((*row.Read())->elements[0].Get() != 4) {
        row.Set(NewRow({7, 8, 9}));
      }
    }
  }

  void Work(Version version) {
    for (int piece : work) {
      bool stopped = false;
      Select(OnReceive(stop, [&] { stopped = true; }), Default());
      if (stopped) break;
      Process(piece, version);
    }
    workers.Done();
  }

  static void Run(Version version) {
    Kubernetes70892 scores;
    for (int piece : {0, 1}) scores.work.Send(piece);
    scores.work.Close();
    scores.workers.Add(2);
    for (int i = 0; i < 2; ++i) Go("worker", [&] { scores.Work(version); });
    scores.workers.Wait();
  }
};

const Subject kKubernetes70892 = {{
    .name = "kubernetes_70892",
    .expected = Verdict::kRace,
    .when = When::kSome,
    .body = Kubernetes70892<Shared>::Run,
    .plain = Kubernetes70892<Plain>::Run,
    .explains = {"two accesses to variable \"row 0\" are not ordered",
                 "worker at kubernetes_70892.cc:50", "worker at kubernetes_70892.cc:49"},
}};

}  // namespace
}  // namespace catalogue
