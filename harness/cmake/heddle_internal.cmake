# SPDX-License-Identifier: Apache-2.0
#
# Helpers for Heddle's own programs. Nothing here reaches a project that uses Heddle, and nothing is global: each
# function works on the target it is given.

# heddle_internal_test(<name> SOURCES <source>... [<argument of heddle_add_test>...])
#
# heddle_add_test for a program of ours; LABELS defaults to unit. Under a sanitizer, ctest runs whole test suites.
function(heddle_internal_test name)
  if(HEDDLE_SANITIZE)
    set(_heddle_by_suite TRUE)
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LABELS")
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  heddle_add_test(${name} ${arg_UNPARSED_ARGUMENTS} LABELS ${arg_LABELS})
  _heddle_internal_program(${name})
endfunction()

# Makes each test suite of the program <name> one test of ctest, with the properties given.
function(_heddle_internal_discover_suites name)
  set(properties ${ARGN})
  list(FIND properties TIMEOUT at)
  math(EXPR at "${at} + 1")
  list(REMOVE_AT properties ${at})
  list(INSERT properties ${at} 300)
  list(JOIN properties " " properties)
  get_target_property(emulator ${name} CROSSCOMPILING_EMULATOR)
  if(NOT emulator)
    set(emulator "")
  endif()
  set(suites "${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake")
  if(NOT EXISTS "${suites}") # until it is built
    file(WRITE "${suites}" "add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)\n")
  endif()
  add_custom_command(TARGET ${name} POST_BUILD BYPRODUCTS "${suites}"
    COMMAND "${CMAKE_COMMAND}" -D "PROGRAM=$<TARGET_FILE:${name}>" -D "EMULATOR=${emulator}"
      -D "PROPERTIES=${properties}" -D "OUTPUT=${suites}"
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/heddle_discover_suites.cmake"
    COMMENT "Discovering the test suites of ${name}" VERBATIM)
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${suites}")
endfunction()

# heddle_internal_executable(<name> SOURCES <source>... [LIBS <library>...])
#
# A program that is no test of ctest, for one because its tests fail, as they should.
function(heddle_internal_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  _heddle_internal_program(${name})
endfunction()

# heddle_internal_script_test(<name> <script> [<argument>...])
#
# A shell script of the source tree as a test of ctest, with the label scripts.
function(heddle_internal_script_test name script)
  add_test(NAME ${name} COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/${script}" ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS scripts TIMEOUT 120)
endfunction()

# heddle_internal_test_library(<name> SOURCES <source>...)
#
# What several tests share, compiled once.
function(heddle_internal_test_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC heddle::heddle absl::function_ref)
  _heddle_internal_program(${name})
endfunction()

# heddle_internal_subjects(<name> <source>...)
#
# Subjects of the catalogue (scenarios/catalogue/subject.h), compiled once for the programs that link <name>. They
# register themselves, so it is their objects that are linked: of an archive none would be needed.
function(heddle_internal_subjects name)
  add_library(${name} OBJECT ${ARGN})
  target_link_libraries(${name} PUBLIC heddle::heddle)
  _heddle_internal_program(${name})
endfunction()

# Tests and scenarios: all of them have the same flags, so that they can share one precompiled header with the
# GoogleTest headers. They include "heddle/...", from tests/ "support/..." and from scenarios/ "catalogue/..."; the
# definition HEDDLE_SOURCE_DIR is the top of the source tree, without a trailing slash.
function(_heddle_internal_program name)
  if(NOT TARGET heddle_test_base)
    _heddle_internal_test_base()
  endif()
  heddle_internal_options(${name})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${HEDDLE_BATCH} UNITY_BUILD_BATCH_SIZE 6)
  target_link_libraries(${name} PRIVATE heddle_test_base)
  target_precompile_headers(${name} REUSE_FROM heddle_test_pch)
endfunction()

function(_heddle_internal_test_base)
  add_library(heddle_test_base INTERFACE)
  target_link_libraries(heddle_test_base INTERFACE GTest::gtest GTest::gmock Threads::Threads)
  target_include_directories(heddle_test_base INTERFACE
    "${PROJECT_SOURCE_DIR}/harness" "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/scenarios")
  target_compile_definitions(heddle_test_base INTERFACE
    HEDDLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(clang_debug $<AND:$<CXX_COMPILER_ID:Clang>,$<CONFIG:Debug>>)
  if("address" IN_LIST HEDDLE_SANITIZE OR "thread" IN_LIST HEDDLE_SANITIZE)
    # Less than half the time to compile; with gcc it would be no shorter. What users do, optimised code, is left to
    # tsan_self_test and to gcc's presets.
    target_compile_options(heddle_test_base INTERFACE $<${clang_debug}:-O0>)
  endif()
  if("address" IN_LIST HEDDLE_SANITIZE)
    # What is inlined is checked over and over: tests would take half as long again to compile.
    target_compile_options(heddle_test_base INTERFACE $<$<NOT:${clang_debug}>:-fno-inline>)
  endif()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/heddle_test_pch.cc" CONTENT "// Precompiled header only.\n")
  add_library(heddle_test_pch OBJECT "${PROJECT_BINARY_DIR}/heddle_test_pch.cc")
  heddle_internal_options(heddle_test_pch)
  target_link_libraries(heddle_test_pch PRIVATE heddle_test_base)
  target_precompile_headers(heddle_test_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h>)
endfunction()
