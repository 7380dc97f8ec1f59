// SPDX-License-Identifier: Apache-2.0
//
// Values to bytes and back, by one function for both ways. For the same build only: values are copied as they lie in
// memory.
//
//   void Archive(internal::Archive& archive) { archive(count_); archive(nodes_); }
//
//   std::string bytes;
//   internal::Archive out(&bytes);      search.Archive(out);      // appends to bytes
//   internal::Archive in(bytes);        search.Archive(in);       // in.ok(): they were all there, and no more
//
// Bytes that do not fit leave values unspecified, never larger than the bytes are.
#ifndef HEDDLE_CORE_INTERNAL_ARCHIVE_H_
#define HEDDLE_CORE_INTERNAL_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace heddle::internal {

class Archive {
 public:
  explicit Archive(std::string* to) : to_(to) {}
  explicit Archive(std::string_view from) : from_(from) {}

  bool ok() const { return to_ != nullptr || (fits_ && from_.empty()); }

  template <class T>
  void operator()(T& value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    Copy(&value, sizeof value);
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    uint64_t size = values.size();
    (*this)(size);
    if (to_ == nullptr && size > from_.size() / sizeof(T)) {
      fits_ = false;
      size = 0;
    }
    values.resize(static_cast<size_t>(size));
    Copy(values.data(), values.size() * sizeof(T));
  }

 private:
  void Copy(void* value, size_t size) {
    if (to_ != nullptr) {
      to_->append(static_cast<const char*>(value), size);
    } else if (size > from_.size()) {
      fits_ = false;
    } else if (size != 0) {
      std::memcpy(value, from_.data(), size);
      from_.remove_prefix(size);
    }
  }

  std::string* to_ = nullptr;
  std::string_view from_;
  bool fits_ = true;
};

}  // namespace heddle::internal

#endif  // HEDDLE_CORE_INTERNAL_ARCHIVE_H_
