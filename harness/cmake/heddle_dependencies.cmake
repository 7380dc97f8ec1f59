# SPDX-License-Identifier: Apache-2.0
#
# What the libraries need, each unless its targets are there already. Included by every directory that links
# them: imported targets are visible only in the directory that found them and below.
if(NOT TARGET absl::strings)
  find_package(absl CONFIG REQUIRED)
endif()
if(NOT TARGET Boost::context)
  if(NOT DEFINED Boost_USE_STATIC_LIBS)
    set(Boost_USE_STATIC_LIBS ON) # The context switch is the hot path: no call through the PLT.
  endif()
  find_package(Boost 1.74 CONFIG REQUIRED COMPONENTS context)
endif()
if(NOT TARGET GTest::gmock)
  find_package(GTest CONFIG REQUIRED)
endif()
find_package(Threads REQUIRED)
