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
if(CMAKE_UNITY_BUILD)
  # A name that is one file's own matter is no global one there, nor is a type of an unnamed namespace shared by others.
  target_compile_options(cryoscope_options INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
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
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # More of the same about std::string, once it comes from a precompiled header.
  target_compile_options(cryoscope_test_options INTERFACE -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()

# cryoscope_test_program(PROGRAM [GUI] LIBS lib... TESTS name...)
# Builds the QtTest classes of each NAME.cpp into one program and registers each with ctest by its own name; those of a
# GUI program run on the offscreen platform. All of a file stands in a namespace NAME, so that files can be compiled
# together.
function(cryoscope_test_program program)
  cmake_parse_arguments(arg "GUI" "" "LIBS;TESTS" ${ARGN})
  find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
  list(TRANSFORM arg_TESTS APPEND .cpp OUTPUT_VARIABLE sources)
  set(kind coretest)
  if(arg_GUI)
    set(kind windowtest)
  endif()
  add_executable(${program} ${sources} "${PROJECT_SOURCE_DIR}/tests/program/testprogram.cpp"
    "${PROJECT_SOURCE_DIR}/tests/program/${kind}main.cpp")
  set_target_properties(${program} PROPERTIES AUTOMOC ON AUTOMOC_EXECUTABLE "${PROJECT_BINARY_DIR}/moc" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests"
    UNITY_BUILD_BATCH_SIZE 6)
  target_link_libraries(${program} PRIVATE ${arg_LIBS} Qt6::Test cryoscope_options cryoscope_test_options)
  target_compile_definitions(${program} PRIVATE
    CRYOSCOPE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    CRYOSCOPE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    CRYOSCOPE_BIN_DIR="${PROJECT_BINARY_DIR}/bin"
    $<$<TARGET_EXISTS:cryoscope>:CRYOSCOPE_WINDOW>)
  # Tests are compiled more often than they run long.
  target_compile_options(${program} PRIVATE $<$<CONFIG:Release>:-O0>)
  cryoscope_precompile(${program} ${kind})
  foreach(name IN LISTS arg_TESTS)
    add_test(NAME ${name} COMMAND ${program} ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
    if(arg_GUI)
      set_tests_properties(${name} PROPERTIES ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8")
    endif()
  endforeach()
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
