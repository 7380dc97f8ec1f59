# SPDX-License-Identifier: Apache-2.0
#
# The package heddle for find_package: libraries, headers, and under share/heddle the sources, as they lie in the
# source tree, from which heddle_add_test builds the libraries for other sanitizers.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/heddle")
set(source_dir "${CMAKE_INSTALL_DATADIR}/heddle")

install(TARGETS heddle heddle_gtest heddle_gtest_main heddle_asan heddle_ubsan heddle_tsan
  EXPORT heddleTargets
  FILE_SET HEADERS)
install(EXPORT heddleTargets NAMESPACE heddle:: DESTINATION "${package_dir}")

install(DIRECTORY harness/heddle DESTINATION "${source_dir}/harness")
install(FILES harness/CMakeLists.txt DESTINATION "${source_dir}/harness")
install(
  FILES
    harness/cmake/heddle_add_test.cmake
    harness/cmake/heddle_dependencies.cmake
    harness/cmake/heddle_options.cmake
  DESTINATION "${source_dir}/harness/cmake")
install(PROGRAMS sanitizer/launcher DESTINATION "${source_dir}/sanitizer")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file(harness/cmake/heddleConfig.cmake.in "${PROJECT_BINARY_DIR}/heddleConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  PATH_VARS source_dir)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/heddleConfig.cmake" "${PROJECT_BINARY_DIR}/heddleConfigVersion.cmake"
  DESTINATION "${package_dir}")
