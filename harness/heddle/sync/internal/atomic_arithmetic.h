// SPDX-License-Identifier: Apache-2.0
//
// What an atomic's fetch operations do to a value, and for which types there are any.
#ifndef HEDDLE_SYNC_INTERNAL_ATOMIC_ARITHMETIC_H_
#define HEDDLE_SYNC_INTERNAL_ATOMIC_ARITHMETIC_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "heddle/core/location.h"

namespace heddle::internal {

template <class T>
concept HasAtomicBits = std::integral<T> && !std::same_as<T, bool>;
// Also ++ and --.
template <class T>
concept Steps = HasAtomicBits<T> ||
    (std::is_pointer_v<T>&& std::is_object_v<std::remove_pointer_t<T>>);
template <class T>
concept AddsAtomically = Steps<T> || std::floating_point<T>;

template <class T>
using AtomicOperand = std::conditional_t<std::is_pointer_v<T>, ptrdiff_t, T>;

// An operand with the place of the operator's call.
template <class T>
struct Located {
  Located(T v, Location w = Location::Here()) : value(v), where(w) {}
  T value;
  Location where;
};

// Signed overflow wraps, as std::atomic's.
struct Plus {
  template <class T>
  static T Apply(T a, AtomicOperand<T> b) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
    } else {
      return a + b;
    }
  }
};
struct Minus {
  template <class T>
  static T Apply(T a, AtomicOperand<T> b) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(static_cast<U>(a) - static_cast<U>(b)));
    } else {
      return a - b;
    }
  }
};
struct And {
  template <class T>
  static T Apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <class T>
  static T Apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <class T>
  static T Apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

// The order of a failed exchange where only one is given.
constexpr std::memory_order OnFailure(std::memory_order order) {
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  if (order == std::memory_order_release) return std::memory_order_relaxed;
  return order;
}

constexpr bool IsForLoads(std::memory_order order) {
  return order != std::memory_order_release && order != std::memory_order_acq_rel;
}
constexpr bool IsForStores(std::memory_order order) {
  return order == std::memory_order_relaxed || order == std::memory_order_release ||
         order == std::memory_order_seq_cst;
}

}  // namespace heddle::internal

#endif  // HEDDLE_SYNC_INTERNAL_ATOMIC_ARITHMETIC_H_
