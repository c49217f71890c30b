# SPDX-License-Identifier: Apache-2.0
# Shared compile settings and the helper that registers one QtTest program.

add_library(cryoscope_options INTERFACE)
target_compile_options(cryoscope_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion -Wno-sign-conversion
  $<$<BOOL:${CRYOSCOPE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 takes "text" + std::string for an overlap (its bug 105651).
  target_compile_options(cryoscope_options INTERFACE -Wno-restrict)
endif()
target_compile_definitions(cryoscope_options INTERFACE
  QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY _FILE_OFFSET_BITS=64
  CRYOSCOPE_VERSION="${PROJECT_VERSION}")
if(CRYOSCOPE_FUZZ AND NOT CRYOSCOPE_SANITIZE)
  set(CRYOSCOPE_SANITIZE address,undefined)
endif()
if(CRYOSCOPE_FUZZ)
  target_compile_options(cryoscope_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CRYOSCOPE_SANITIZE)
  target_compile_options(cryoscope_options INTERFACE -fsanitize=${CRYOSCOPE_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(cryoscope_options INTERFACE -fsanitize=${CRYOSCOPE_SANITIZE})
endif()

# QTRY_VERIFY of Qt 6.8 narrows a number. Linked last, so that it follows what it takes back.
add_library(cryoscope_test_options INTERFACE)
target_compile_options(cryoscope_test_options INTERFACE -Wno-conversion)

# cryoscope_test(NAME [LIBS lib...] [SOURCES extra.cpp...] [LABELS label...] [GUI])
# Builds NAME.cpp as a QtTest program and registers it with ctest; GUI tests run on the offscreen platform.
function(cryoscope_test name)
  cmake_parse_arguments(arg "GUI" "TIMEOUT" "LIBS;SOURCES;LABELS" ${ARGN})
  find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
  add_executable(${name} ${name}.cpp ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LIBS} Qt6::Test cryoscope_options cryoscope_test_options)
  # Tests are compiled more often than they run long.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  # Only where they are used: a path of this checkout makes a compiler cache useless for others.
  file(READ ${name}.cpp text)
  if(text MATCHES "CRYOSCOPE_(TEST_DATA|SOURCE_DIR|BIN_DIR)")
    target_compile_definitions(${name} PRIVATE
      CRYOSCOPE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
      CRYOSCOPE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
      CRYOSCOPE_BIN_DIR="${PROJECT_BINARY_DIR}/bin")
  endif()
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
  if(arg_GUI)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
  endif()
endfunction()

# cryoscope_core_folder(NAME sources...): object library core_NAME of one folder of core. An empty list makes none.
function(cryoscope_core_folder folder)
  if(NOT ARGN)
    return()
  endif()
  add_library(core_${folder} OBJECT ${ARGN})
  target_include_directories(core_${folder} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(core_${folder} PRIVATE cryoscope_options protobuf::libprotobuf OpenSSL::Crypto
    SQLite::SQLite3 LibArchive::LibArchive ZLIB::ZLIB PkgConfig::HS PkgConfig::RE2 PkgConfig::LZ4
    PkgConfig::HWY PkgConfig::XXHASH)
endfunction()
