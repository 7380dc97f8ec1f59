// SPDX-License-Identifier: Apache-2.0
#include "catalogue/subject.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <tuple>
#include <utility>

namespace catalogue {
namespace {

// In whatever order the sources are initialised.
std::deque<SubjectInfo>& Registered() {
  static std::deque<SubjectInfo> registered;
  return registered;
}

bool missed_access = false;

}  // namespace

Subject::Subject(SubjectInfo info) { Registered().push_back(std::move(info)); }

std::vector<const SubjectInfo*> Subjects() {
  std::vector<const SubjectInfo*> subjects;
  for (const SubjectInfo& info : Registered()) subjects.push_back(&info);
  const auto key = [](const SubjectInfo* info) {
    return std::tuple(info->suite, std::string_view(info->name));
  };
  std::sort(subjects.begin(), subjects.end(),
            [&](const SubjectInfo* a, const SubjectInfo* b) { return key(a) < key(b); });
  return subjects;
}

const SubjectInfo* FindSubject(std::string_view name) {
  for (const SubjectInfo& info : Registered()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

const char* ToString(Suite suite) {
  switch (suite) {
    case Suite::kKernels: return "kernels";
    case Suite::kClassics: return "classics";
    case Suite::kPatterns: return "patterns";
  }
  return "";
}

void MissAccess() { missed_access = true; }

bool TakeMissedAccess() { return std::exchange(missed_access, false); }

}  // namespace catalogue
