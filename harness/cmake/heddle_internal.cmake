# SPDX-License-Identifier: Apache-2.0
#
# Helpers for Heddle's own targets. Nothing here reaches a project that uses Heddle, and nothing is global:
# each function works on the target it is given.

# heddle_internal_options(<target>)
#
# Language level, warnings and frame pointers of our own targets. The sanitizer flags come from
# heddle_sanitize (sanitizer/CMakeLists.txt), PUBLIC so that whatever links the target has them as well: a
# program of which only half is instrumented misses races and reports false ones.
function(heddle_internal_options target)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set(gcc $<CXX_COMPILER_ID:GNU>)
  set(gcc_12_false_positives -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
    # Leaving out members is what designated initialisers are for.
    -Wno-missing-field-initializers
    $<$<BOOL:${HEDDLE_WERROR}>:-Werror>
    # gcc's own manual: this warning has false positives under any sanitizer.
    $<$<AND:${gcc},$<BOOL:${HEDDLE_SANITIZE}>>:-Wno-maybe-uninitialized>
    # gcc 12 at -O2 and above warns about inlined std::string operations of its own library that are correct
    # (gcc bug 105651).
    "$<$<AND:${gcc},$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:${gcc_12_false_positives}>"
    # Stack traces are taken by walking frame pointers; without them they end after one frame.
    -fno-omit-frame-pointer
    # Locations in reports are relative to the source tree, so the same report in every checkout.
    "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_link_libraries(${target} PRIVATE heddle_sanitize)
  else()
    target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:heddle_sanitize>)
  endif()
endfunction()

# heddle_internal_executable(<name> SOURCES <source>... [LIBS <library>...])
#
# A program that links GoogleTest: tests and scenarios. All of them have the same flags, so that they can
# share one precompiled header with the GoogleTest headers (heddle_test_pch). It includes "heddle/..." and, from
# tests/, "support/..."; the definition HEDDLE_SOURCE_DIR is the top of the source tree, without a trailing slash.
function(heddle_internal_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  heddle_internal_options(${name})
  _heddle_internal_test_base()
  target_link_libraries(${name} PRIVATE heddle_test_base ${arg_LIBS})
  target_precompile_headers(${name} REUSE_FROM heddle_test_pch)
  if("thread" IN_LIST HEDDLE_SANITIZE)
    # Makes ctest and gtest_discover_tests start the program through the launcher.
    set_target_properties(${name} PROPERTIES
      CROSSCOMPILING_EMULATOR "${PROJECT_SOURCE_DIR}/sanitizer/launcher")
  endif()
endfunction()

# heddle_internal_test(<name> SOURCES <source>... [LIBS <library>...] [LABELS <label>...]
#                      [TIMEOUT <seconds>] [FILTER <gtest filter>] [PREFIX <test name prefix>])
#
# A GoogleTest program of which every test becomes a test of ctest. LIBS defaults to heddle::gtest_main,
# LABELS to unit, TIMEOUT to the default deadline of a scenario (60 s) and 30 s more.
function(heddle_internal_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;FILTER;PREFIX" "SOURCES;LIBS;LABELS")
  if(NOT arg_LIBS)
    set(arg_LIBS heddle::gtest_main)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 90)
  endif()
  heddle_internal_executable(${name} SOURCES ${arg_SOURCES} LIBS ${arg_LIBS})
  # CMake 3.25 loses all but the first element of a list given here, and what follows the list: one LABELS
  # keyword per label survives.
  set(properties)
  foreach(label IN LISTS arg_LABELS)
    list(APPEND properties LABELS ${label})
  endforeach()
  list(APPEND properties TIMEOUT ${arg_TIMEOUT})
  set(filter)
  if(arg_FILTER)
    set(filter TEST_FILTER "${arg_FILTER}")
  endif()
  gtest_discover_tests(${name}
    TEST_PREFIX "${arg_PREFIX}"
    ${filter}
    DISCOVERY_TIMEOUT 120
    PROPERTIES ${properties})
endfunction()

# heddle_internal_script_test(<name> <script> [<argument>...])
#
# A shell script of the source tree as a test of ctest, with the label scripts.
function(heddle_internal_script_test name script)
  add_test(NAME ${name} COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/${script}" ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS scripts TIMEOUT 120)
endfunction()

# What all GoogleTest programs of the build share; made when the first one is added.
function(_heddle_internal_test_base)
  if(TARGET heddle_test_base)
    return()
  endif()
  add_library(heddle_test_base INTERFACE)
  target_link_libraries(heddle_test_base INTERFACE GTest::gtest GTest::gmock Threads::Threads)
  target_include_directories(heddle_test_base INTERFACE
    "${PROJECT_SOURCE_DIR}/harness" "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(heddle_test_base INTERFACE
    HEDDLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/heddle_test_pch.cc" CONTENT "// Precompiled header only.\n")
  add_library(heddle_test_pch OBJECT "${PROJECT_BINARY_DIR}/heddle_test_pch.cc")
  heddle_internal_options(heddle_test_pch)
  target_link_libraries(heddle_test_pch PRIVATE heddle_test_base)
  target_precompile_headers(heddle_test_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
endfunction()
