// SPDX-License-Identifier: Apache-2.0
//
// <atomic> of heddle::standard (sync/std.h): heddle::Atomic and AtomicFlag with the standard's names.
// sync/atomic.h says what each operation does and orders.
//
// Not there: the free functions on atomics (atomic_load, ...), atomic_ref, volatile overloads, atomics of
// what is not trivially copyable (std::atomic<std::shared_ptr<T>>). Constructors are not constexpr.
#ifndef HEDDLE_SYNC_INTERNAL_STD_ATOMIC_H_
#define HEDDLE_SYNC_INTERNAL_STD_ATOMIC_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "heddle/core/location.h"
#include "heddle/sync/atomic.h"

namespace heddle::standard {

using std::atomic_signal_fence;  // nothing that another task could see
using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

using heddle::atomic_thread_fence;

template <class T>
class atomic : public Atomic<T> {
 public:
  atomic(Location where = Location::Here()) requires std::default_initializable<T>
      : Atomic<T>(T(), nullptr, where) {}
  atomic(T value, Location where = Location::Here()) : Atomic<T>(value, nullptr, where) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  using Atomic<T>::operator=;
};

class atomic_flag : public AtomicFlag {
 public:
  atomic_flag(Location where = Location::Here()) : AtomicFlag(nullptr, where) {}
  // = ATOMIC_FLAG_INIT, which stands for {0}.
  atomic_flag(std::same_as<int> auto, Location where = Location::Here())
      : AtomicFlag(nullptr, where) {}
};

using atomic_bool = atomic<bool>;
using atomic_char = atomic<char>;
using atomic_schar = atomic<signed char>;
using atomic_uchar = atomic<unsigned char>;
using atomic_short = atomic<short>;
using atomic_ushort = atomic<unsigned short>;
using atomic_int = atomic<int>;
using atomic_uint = atomic<unsigned>;
using atomic_long = atomic<long>;
using atomic_ulong = atomic<unsigned long>;
using atomic_llong = atomic<long long>;
using atomic_ullong = atomic<unsigned long long>;
using atomic_char8_t = atomic<char8_t>;
using atomic_char16_t = atomic<char16_t>;
using atomic_char32_t = atomic<char32_t>;
using atomic_wchar_t = atomic<wchar_t>;
using atomic_int8_t = atomic<int8_t>;
using atomic_uint8_t = atomic<uint8_t>;
using atomic_int16_t = atomic<int16_t>;
using atomic_uint16_t = atomic<uint16_t>;
using atomic_int32_t = atomic<int32_t>;
using atomic_uint32_t = atomic<uint32_t>;
using atomic_int64_t = atomic<int64_t>;
using atomic_uint64_t = atomic<uint64_t>;
using atomic_intptr_t = atomic<intptr_t>;
using atomic_uintptr_t = atomic<uintptr_t>;
using atomic_size_t = atomic<size_t>;
using atomic_ptrdiff_t = atomic<ptrdiff_t>;
using atomic_intmax_t = atomic<intmax_t>;
using atomic_uintmax_t = atomic<uintmax_t>;

}  // namespace heddle::standard

#endif  // HEDDLE_SYNC_INTERNAL_STD_ATOMIC_H_
