# Settings of every target, and the two verbs the folders use.

add_library(freehold_settings INTERFACE)
target_include_directories(freehold_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(freehold_settings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
target_compile_definitions(freehold_settings INTERFACE _TURN_OFF_PLATFORM_STRING FREEHOLD_VERSION="${PROJECT_VERSION}")
# Optimised, GCC 12 warns without cause of std::variant (uninitialized) and of std::string (bounds).
# What they are for is found by the asan preset.
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(freehold_settings INTERFACE -g1 -Wno-maybe-uninitialized -Wno-array-bounds
                         -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(FREEHOLD_SANITIZE)
  target_compile_options(freehold_settings INTERFACE -fsanitize=${FREEHOLD_SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(freehold_settings INTERFACE -fsanitize=${FREEHOLD_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# What nearly every source includes, parsed once for the libraries and once for the tests, whose options differ.
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/empty.cc CONTENT "")
function(freehold_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;OPTIONS;DEPENDS" ${ARGN})
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/empty.cc)
  target_link_libraries(${name} PRIVATE freehold_settings ${ARG_DEPENDS})
  # -fpch-preprocess lets ccache see what a precompiled header stands for.
  target_compile_options(${name} PRIVATE -fpch-preprocess ${ARG_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()
set(FREEHOLD_COMMON_HEADERS <algorithm> <chrono> <expected> <functional> <map> <memory> <mutex> <nlohmann/json.hpp>
    <optional> <set> <string> <thread> <variant> <vector>)
# What tests is compiled often and run once; what is tested keeps the preset's options.
set(FREEHOLD_TEST_OPTIONS -O0 -g1)

# freehold_library(<name> SOURCES <file>... DEPENDS <library>... [PRECOMPILED <header>...])
# One folder, one namespace, one library; DEPENDS is all it may include from. PRECOMPILED: more than the common headers.
function(freehold_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRECOMPILED" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC freehold_settings ${ARG_DEPENDS})
  target_compile_options(${name} PRIVATE -fpch-preprocess)
  if(ARG_PRECOMPILED)
    target_precompile_headers(${name} PRIVATE ${FREEHOLD_COMMON_HEADERS} ${ARG_PRECOMPILED})
  else()
    target_precompile_headers(${name} REUSE_FROM freehold_headers)
  endif()
endfunction()

# freehold_test(<name> SOURCES <file>... DEPENDS <library>... LABEL unit|postgres|cluster|faults
#               [EACH <word>...] [THREADS])
# One test program; `ctest -L <label>` runs those that need the same servers, the target tests_<label> builds them.
# EACH: it is run once for each word, with the cases that have it in their names. Each run writes results/<label>/<test>.xml.
# THREADS: it is about what several threads do, and is what the preset tsan runs, by the label threads.
function(freehold_test name)
  cmake_parse_arguments(ARG "THREADS" "LABEL" "SOURCES;DEPENDS;EACH" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -fpch-preprocess ${FREEHOLD_TEST_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM freehold_test_headers)
  target_link_libraries(${name} PRIVATE freehold_settings ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  if("freehold_test_world" IN_LIST ARG_DEPENDS)
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/world/quick_logins.cc)
  endif()
  if(ARG_EACH)
    foreach(word IN LISTS ARG_EACH)
      freehold_add_run(${name}_${word} ${ARG_LABEL} ${name} --gtest_filter=*${word}*)
    endforeach()
  else()
    freehold_add_run(${name} ${ARG_LABEL} ${name})
  endif()
  freehold_tests_of(${ARG_LABEL} ${name})
  if(ARG_THREADS AND FREEHOLD_SANITIZE STREQUAL "thread")
    freehold_add_run(${name}_threads threads ${name})
    freehold_tests_of(threads ${name})
  endif()
endfunction()

# freehold_tests_of(<label> <program>)
function(freehold_tests_of label program)
  if(NOT TARGET tests_${label})
    add_custom_target(tests_${label})
  endif()
  add_dependencies(tests_${label} ${program})
endfunction()

# freehold_add_run(<test> <label> <program> [<argument>...])
function(freehold_add_run test label program)
  add_test(NAME ${test} COMMAND ${program} ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${test} PROPERTIES
    LABELS ${label}
    ENVIRONMENT "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/results/${label}/${test}.xml;LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/leaks.supp;TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/races.supp"
    TIMEOUT 2400)
endfunction()
