// SPDX-License-Identifier: Apache-2.0
#include "heddle/report/layout.h"

#include <algorithm>
#include <set>
#include <utility>

namespace heddle::internal {
namespace {

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The bytes of the longest prefix of at most `width` columns; never cuts a code point.
size_t PrefixBytes(std::string_view text, size_t width) {
  size_t columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (StartsCodePoint(text[i]) && ++columns > width) return i;
  }
  return text.size();
}

std::string_view Head(std::string_view text, size_t width) {
  return text.substr(0, PrefixBytes(text, width));
}

std::string_view Tail(std::string_view text, size_t width) {
  return text.substr(PrefixBytes(text, Width(text) - std::min(width, Width(text))));
}

// Where to break `text` so that what is before takes at most `width` columns.
size_t BreakBytes(std::string_view text, size_t width) {
  const size_t fits = std::max(PrefixBytes(text, width), PrefixBytes(text, 1));
  if (fits == text.size() || text[fits] == ' ') return fits;
  const size_t space = text.substr(0, fits).rfind(' ');
  const size_t word = text.find_first_not_of(' ');
  return space == std::string_view::npos || space < word ? fits : space;
}

std::string_view TrimRight(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// The k-th try to abbreviate a name that is too long: its head, its head and tail.
std::string ShortForm(std::string_view name, size_t width, int k) {
  const size_t room = width - 3;
  const size_t tail = k == 0 ? 0 : room / 2;
  return std::string(Head(name, room - tail)) + "..." + std::string(Tail(name, tail));
}

std::string NumberedForm(std::string_view name, size_t width, const std::set<std::string>& used) {
  for (size_t n = 2;; ++n) {
    const std::string suffix = "...#" + std::to_string(n);
    std::string form = std::string(Head(name, width - suffix.size())) + suffix;
    if (!used.contains(form)) return form;
  }
}

}  // namespace

size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCodePoint));
}

std::string PadRight(std::string text, size_t width) {
  text.append(width - std::min(width, Width(text)), ' ');
  return text;
}

std::string PadLeft(std::string text, size_t width) {
  text.insert(0, width - std::min(width, Width(text)), ' ');
  return text;
}

std::string Count(unsigned long long n, std::string_view noun) {
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s");
}

std::string Escape(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  for (size_t end = 0; end != std::string_view::npos; text.remove_prefix(end + 1)) {
    end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string expanded;
    for (const char c : line) expanded += c == '\t' ? "    " : std::string(1, c);
    lines.push_back(Escape(expanded));
    if (end == std::string_view::npos) break;
  }
  return lines;
}

std::vector<std::string> Wrap(std::string_view line, size_t first, size_t rest) {
  std::vector<std::string> lines;
  line = TrimRight(line);
  do {
    const size_t end = BreakBytes(line, lines.empty() ? first : rest);
    lines.emplace_back(TrimRight(line.substr(0, end)));
    line.remove_prefix(end);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  } while (!line.empty());
  return lines;
}

void AppendWrapped(std::string* out, std::string_view prefix, size_t hang, std::string_view text) {
  const std::string spaces(hang, ' ');
  std::string lead(prefix);
  for (const std::string& line : SplitLines(text)) {
    for (const std::string& part : Wrap(line, kReportWidth - Width(lead), kReportWidth - hang)) {
      out->append(TrimRight(lead + part)).append("\n");
      lead = spaces;
    }
    // A new line of the text stands under the first one, not under what hangs from it.
    lead.assign(std::min(Width(prefix), hang), ' ');
  }
}

std::map<std::string, std::string> Abbreviate(const std::vector<std::string>& names, size_t width) {
  std::map<std::string, std::string> forms;
  std::set<std::string> used;
  std::set<std::string> open;  // too long, and without a form yet
  for (const std::string& name : names) {
    if (Width(name) > width) {
      open.insert(name);
    } else {
      used.insert(name);
      forms[name] = name;
    }
  }
  for (int k = 0; k < 2; ++k) {
    std::map<std::string, std::vector<std::string>> by_form;
    for (const std::string& name : open) by_form[ShortForm(name, width, k)].push_back(name);
    for (const auto& [form, same] : by_form) {
      // Names of the same form all try the next one: the reader could not tell the first from them.
      if (same.size() > 1 || !used.insert(form).second) continue;
      forms[same.front()] = form;
      open.erase(same.front());
    }
  }
  for (const std::string& name : open) {
    std::string form = NumberedForm(name, width, used);
    used.insert(form);
    forms[name] = std::move(form);
  }
  return forms;
}

}  // namespace heddle::internal
