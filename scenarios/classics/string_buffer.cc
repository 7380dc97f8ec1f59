// SPDX-License-Identifier: Apache-2.0
//
// string_buffer (SCTBench; java.lang.StringBuffer of JDK 1.4): appending a buffer that another task
// shortened copied characters which were no longer there.
//
// Every method locks its buffer. Appending a buffer to another asks it for its length and then for
// that many characters: two calls, between which another task may empty it.
// Fixed: one call takes all characters under one lock.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "catalogue/subject.h"
#include "heddle/heddle.h"

namespace catalogue {
namespace {

using namespace heddle;

class ClassicStringBuffer {
 public:
  explicit ClassicStringBuffer(const char* name, std::string_view text = "")
      : mu_(name), text_(text) {}

  void Append(std::string_view text) {
    MutexLock lock(mu_);
    text_ += text;
  }

  void Append(ClassicStringBuffer& source, Version version) {
    MutexLock lock(mu_);
    if (version == Version::kFixed) {
      text_ += source.Text();
      return;
    }
    const size_t length = source.Length();
    source.AppendFirstTo(text_, length);
  }

  void SetLength(size_t length) {
    MutexLock lock(mu_);
    text_.resize(length);
  }

 private:
  std::string Text() {
    MutexLock lock(mu_);
    return text_;
  }

  size_t Length() {
    MutexLock lock(mu_);
    return text_.size();
  }

  // Java's getChars: the first `count` characters.
  void AppendFirstTo(std::string& target, size_t count) {
    MutexLock lock(mu_);
    ASSERT_LE(count, text_.size()) << "fewer characters than there were";
    target.append(text_, 0, count);
  }

  Mutex mu_;
  std::string text_;
};

const Subject kClassicStringBuffer = {{
    .name = "string_buffer",
    .suite = Suite::kClassics,
    .expected = Verdict::kAssertion,
    .when = When::kSome,
    .body =
        [](Version version) {
          ClassicStringBuffer source("source", "abc");
          ClassicStringBuffer target("target");
          const Task rewriter = Go("rewriter", [&] {
            source.SetLength(0);
            source.Append("abc");
          });
          const Task appender = Go("appender", [&] { target.Append(source, version); });
          rewriter.Join();
          appender.Join();
        },
    .explains = {"an assertion failed in T2 appender",
                 "string_buffer.cc:62: Expected: (count) <= (text_.size()), actual: 3 vs 0",
                 "fewer characters than there were"},
}};

}  // namespace
}  // namespace catalogue
