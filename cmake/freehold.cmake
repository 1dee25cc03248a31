# Settings of every target, and the two verbs the folders use.

add_library(freehold_settings INTERFACE)
target_include_directories(freehold_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(freehold_settings INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
target_compile_definitions(freehold_settings INTERFACE _TURN_OFF_PLATFORM_STRING FREEHOLD_VERSION="${PROJECT_VERSION}")
# Optimised, GCC 12 takes the members of a std::variant for uninitialized where they are not.
target_compile_options(freehold_settings INTERFACE $<$<CONFIG:RelWithDebInfo>:-Wno-maybe-uninitialized>)
if(FREEHOLD_SANITIZE)
  target_compile_options(freehold_settings INTERFACE -fsanitize=${FREEHOLD_SANITIZE} -fno-omit-frame-pointer -O1
                         -Wno-maybe-uninitialized)
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

# freehold_library(<name> SOURCES <file>... DEPENDS <library>...)
# One folder, one namespace, one library; DEPENDS is all it may include from.
function(freehold_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC freehold_settings ${ARG_DEPENDS})
endfunction()

# freehold_test(<name> SOURCES <file>... DEPENDS <library>... [LABEL unit|postgres|cluster|faults])
# One test program; `ctest -L <label>` runs those that need the same servers, the target tests_<label> builds them.
function(freehold_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  # What tests is compiled often and run once; what is tested keeps the preset's options.
  target_compile_options(${name} PRIVATE -O0 -g1)
  target_link_libraries(${name} PRIVATE freehold_settings ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}")
  if(NOT TARGET tests_${ARG_LABEL})
    add_custom_target(tests_${ARG_LABEL})
  endif()
  add_dependencies(tests_${ARG_LABEL} ${name})
endfunction()
