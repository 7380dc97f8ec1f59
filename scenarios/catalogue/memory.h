// SPDX-License-Identifier: Apache-2.0
//
// Plain<T>: a variable with the interface of heddle::Shared<T>, and nothing else. The body of a race is a
// template on the kind of its variables, so that the same source is explored with Shared, whose races
// Heddle finds in every build, and with plain memory, whose races ThreadSanitizer finds:
//
//   template <template <class> class Variable>
//   void Etcd9446(Version version) {
//     Variable<std::map<int, int>> buckets({}, "buckets");
//     ...
//   }
#ifndef SCENARIOS_CATALOGUE_MEMORY_H_
#define SCENARIOS_CATALOGUE_MEMORY_H_

#include <utility>

namespace catalogue {

template <class T>
class Plain {
 public:
  explicit Plain(T value = T(), const char* name = nullptr) : value_(std::move(value)) {
    static_cast<void>(name);
  }

  T Get() const { return value_; }
  void Set(T value) {
    value_ = std::move(value);
    Store();
  }
  template <class F>
  decltype(auto) Update(F&& change) {
    return std::forward<F>(change)(value_);
  }
  const T* Read() const { return &value_; }
  T* Write() { return &value_; }

 private:
  // A compiler leaves out a store that the next one overwrites, and with it the race.
  void Store() { asm volatile("" : : "r"(&value_) : "memory"); }

  T value_;
};

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_MEMORY_H_
