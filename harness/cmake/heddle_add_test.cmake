# SPDX-License-Identifier: Apache-2.0
#
# heddle_add_test, for projects that use Heddle: there after find_package(heddle) as after
# add_subdirectory(heddle). Heddle's own tests are added by it, too.
include("${CMAKE_CURRENT_LIST_DIR}/heddle_options.cmake")

# heddle_add_test(<name> SOURCES <source>... [LIBS <library>...] [SANITIZERS <sanitizer>...]
#                 [DEADLINE <seconds>] [LABELS <label>...])
#
# Adds the program <name>, links it with LIBS and heddle::gtest_main, and makes each of its GoogleTests a test of
# ctest. (Call enable_testing() in the top CMakeLists.txt.)
#
#   SANITIZERS  address, undefined, thread; not address and thread together. The program is compiled and linked
#               with them, and so is the Heddle it links, which is built for that in your build tree. The code
#               under test has to be as well: list it in SOURCES, or in LIBS a library that has the flags from
#               heddle::asan, heddle::ubsan or heddle::tsan. The names of the tests end in .thread, say, so that one
#               source can be a test with and without. Default: those Heddle was built with (HEDDLE_SANITIZE).
#   DEADLINE    what one test may take, exploration and report, given to it as HEDDLE_DEADLINE_MS, which goes
#               before that of the shell; it is ended by ctest 30 s later. Default: Heddle's own, 60 s.
#   LABELS      labels of each test, for ctest -L.
function(heddle_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DEADLINE" "SOURCES;LIBS;SANITIZERS;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "heddle_add_test(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "heddle_add_test(${name}): SOURCES is missing")
  endif()
  if(DEFINED arg_DEADLINE AND NOT arg_DEADLINE MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "heddle_add_test(${name}): DEADLINE is a number of seconds, not '${arg_DEADLINE}'")
  endif()

  get_target_property(sanitizers heddle::heddle INTERFACE_HEDDLE_SANITIZE)
  set(suffix "")
  if(arg_SANITIZERS)
    set(sanitizers ${arg_SANITIZERS})
    list(JOIN sanitizers . suffix)
    string(PREPEND suffix .)
  endif()
  _heddle_variant(variant ${sanitizers})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} heddle::gtest_main${variant})
  if("thread" IN_LIST sanitizers)
    # ctest and the discovery of tests start the program through it.
    set_target_properties(${name} PROPERTIES
      CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../sanitizer/launcher")
  endif()

  set(properties)
  set(deadline 60)
  if(arg_DEADLINE)
    set(deadline ${arg_DEADLINE})
    list(APPEND properties ENVIRONMENT HEDDLE_DEADLINE_MS=${deadline}000)
  endif()
  math(EXPR timeout "${deadline} + 30")
  list(APPEND properties TIMEOUT ${timeout})
  # CMake 3.25 loses all but the first element of a list given here, and what follows the list: one LABELS
  # keyword per label survives.
  foreach(label IN LISTS arg_LABELS)
    list(APPEND properties LABELS ${label})
  endforeach()
  if(_heddle_by_suite)
    _heddle_internal_discover_suites(${name} ${properties})
    return()
  endif()
  include(GoogleTest) # Here, since gtest_discover_tests reads a variable of the scope it was included in.
  gtest_discover_tests(${name} TEST_SUFFIX "${suffix}" DISCOVERY_TIMEOUT 120 PROPERTIES ${properties})
endfunction()

# _heddle_variant(<variable> <sanitizer>...)
#
# What follows the name of a library that is built with these sanitizers: nothing for Heddle as it is, else a
# suffix, say _thread, of libraries that this project builds from Heddle's sources when first asked for them.
function(_heddle_variant variable)
  set(HEDDLE_SANITIZE "${ARGN}")
  list(SORT HEDDLE_SANITIZE)
  get_target_property(present heddle::heddle INTERFACE_HEDDLE_SANITIZE)
  list(SORT present)
  if(HEDDLE_SANITIZE STREQUAL present)
    set(${variable} "" PARENT_SCOPE)
    return()
  endif()
  list(JOIN HEDDLE_SANITIZE _ HEDDLE_VARIANT)
  string(PREPEND HEDDLE_VARIANT _)
  if(NOT TARGET heddle${HEDDLE_VARIANT})
    add_subdirectory("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.." "${CMAKE_BINARY_DIR}/heddle${HEDDLE_VARIANT}"
      EXCLUDE_FROM_ALL SYSTEM)
  endif()
  set(${variable} ${HEDDLE_VARIANT} PARENT_SCOPE)
endfunction()
