// SPDX-License-Identifier: Apache-2.0
//
// What correct samplers need on average on subjects whose size grows: the means that a simulation written
// independently of Heddle measured on the same events (start, spawn, join, every load, store, lock and unlock), over 20
// to 50 explorations each. Heddle's own lie between half of them and twice.
#ifndef SCENARIOS_CATALOGUE_REFERENCE_H_
#define SCENARIOS_CATALOGUE_REFERENCE_H_

#include <string>
#include <vector>

#include "heddle/core/options.h"

namespace catalogue {

struct Reference {
  const char* subject;
  heddle::StrategyKind strategy;
  double mean;            // schedules up to the first failure
  bool at_least = false;  // it found too few to tell a mean
};

const std::vector<Reference>& References();

// Heddle's: of 200 explorations, of 20 where the reference is a lower limit; each of 20,000 schedules at most. An
// infinite one: none of them failed.
double MeanOf(const Reference& reference);

bool Holds(const Reference& reference, double mean);

// One line each.
std::string ReferenceHeading();
std::string ReferenceRow(const Reference& reference, double mean);

}  // namespace catalogue

#endif  // SCENARIOS_CATALOGUE_REFERENCE_H_
