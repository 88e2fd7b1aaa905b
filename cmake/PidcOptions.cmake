# Compiler options of every target: warnings are errors, hardening in release,
# sanitizers as a cache variable (not a build type).
set(PIDC_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(PIDC_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)
option(PIDC_COVERAGE "Instrument for gcov" OFF)

add_library(pidc_options INTERFACE)
target_compile_definitions(pidc_options INTERFACE _GNU_SOURCE
  OPENSSL_NO_DEPRECATED OPENSSL_API_COMPAT=30000 PIDC_VERSION="${PROJECT_VERSION}")
target_compile_options(pidc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wimplicit-fallthrough -Wvla -Wformat=2 -Wundef -Werror -fno-common)

if(PIDC_SANITIZE)
  target_compile_options(pidc_options INTERFACE
    -fsanitize=${PIDC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pidc_options INTERFACE -fsanitize=${PIDC_SANITIZE})
endif()
if(PIDC_FUZZ)
  # The fuzzer sees only the code that reports its edges: all of ours.
  target_compile_options(pidc_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PIDC_COVERAGE)
  target_compile_options(pidc_options INTERFACE --coverage)
  target_link_options(pidc_options INTERFACE --coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" OR CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(pidc_options INTERFACE
    -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE)
  target_link_options(pidc_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
