# SPDX-License-Identifier: Apache-2.0
#
# How Heddle's own targets are compiled. Nothing here is global: the function works on the target it is given.

# heddle_internal_options(<target>)
#
# Language level, warnings, frame pointers and the sanitizers of HEDDLE_SANITIZE. These are PUBLIC, so that
# whatever links a library of ours has them as well: a program of which only half is instrumented misses races
# and reports false ones.
function(heddle_internal_options target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF UNITY_BUILD OFF)
  target_compile_features(${target} PUBLIC cxx_std_20)
  get_filename_component(root "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.." ABSOLUTE)
  set(gcc $<CXX_COMPILER_ID:GNU>)
  set(gcc_12_false_positives -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
    # A note on how gcc before 4.6 passed over-aligned values.
    $<${gcc}:-Wno-psabi>
    # Leaving out members is what designated initialisers are for.
    -Wno-missing-field-initializers
    $<$<BOOL:${HEDDLE_WERROR}>:-Werror>
    # gcc's own manual: this warning has false positives under any sanitizer.
    "$<$<AND:${gcc},$<BOOL:${HEDDLE_SANITIZE}>>:-Wno-maybe-uninitialized>"
    # gcc 12 at -O2 and above warns about inlined std::string operations of its own library that are correct
    # (gcc bug 105651).
    "$<$<AND:${gcc},$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:${gcc_12_false_positives}>"
    # Stack traces are taken by walking frame pointers; without them they end after one frame.
    -fno-omit-frame-pointer
    # Locations in reports are relative to the source tree, so the same report in every checkout.
    "-fmacro-prefix-map=${root}/=")
  _heddle_sanitizer_targets(sanitizers ${HEDDLE_SANITIZE})
  target_link_libraries(${target} PUBLIC ${sanitizers})
endfunction()

# heddle_internal_batches(<target>)
#
# Compiles the sources of one of Heddle's libraries in batches, in a quarter of the time, where nobody edits them: in
# another project, and in a whole test (HEDDLE_BATCH).
function(heddle_internal_batches target)
  if(NOT DEFINED HEDDLE_BATCH)
    set(HEDDLE_BATCH ON)  # a package
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${HEDDLE_BATCH} UNITY_BUILD_BATCH_SIZE 8)
  # In a batch, names of one source hide those of another.
  target_compile_options(${target} PRIVATE $<$<BOOL:${HEDDLE_BATCH}>:-Wno-shadow>)
endfunction()

# The targets of sanitizer/CMakeLists.txt that carry the flags of these sanitizers.
function(_heddle_sanitizer_targets variable)
  set(address heddle::asan)
  set(undefined heddle::ubsan)
  set(thread heddle::tsan)
  set(targets)
  foreach(sanitizer IN LISTS ARGN)
    if(NOT sanitizer MATCHES "^(address|undefined|thread)$")
      message(FATAL_ERROR "Heddle: unknown sanitizer '${sanitizer}'; known are address, undefined, thread")
    endif()
    list(APPEND targets ${${sanitizer}})
  endforeach()
  if("address" IN_LIST ARGN AND "thread" IN_LIST ARGN)
    message(FATAL_ERROR "Heddle: the sanitizers address and thread exclude each other")
  endif()
  set(${variable} ${targets} PARENT_SCOPE)
endfunction()
