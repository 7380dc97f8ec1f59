# SPDX-License-Identifier: Apache-2.0
#
# cmake -D PROGRAM=... -D EMULATOR=... -D PROPERTIES=... -D OUTPUT=<file> -P heddle_discover_suites.cmake
#
# Writes OUTPUT for ctest: each test suite of the GoogleTest program is one test, <suite>.*. Under a sanitizer
# most of the time of a short test is the start of its process.
execute_process(COMMAND ${EMULATOR} "${PROGRAM}" --gtest_list_tests
  OUTPUT_VARIABLE list RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --gtest_list_tests ends with status ${status}:\n${list}")
endif()
string(REPLACE "\n" ";" lines "${list}")
set(text "")
foreach(line IN LISTS lines)
  # "Suite." or "Instance/Suite." or "Suite/0.  # TypeParam = int"; tests are indented.
  if(line MATCHES "^([^ ].*)\\.( +#.*)?$")
    set(suite "${CMAKE_MATCH_1}")
    string(APPEND text "add_test([=[${suite}.*]=] ${EMULATOR} [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=])\n"
      "set_tests_properties([=[${suite}.*]=] PROPERTIES ${PROPERTIES})\n")
  endif()
endforeach()
if(text STREQUAL "")
  message(FATAL_ERROR "${PROGRAM} has no tests")
endif()
file(WRITE "${OUTPUT}" "${text}")
