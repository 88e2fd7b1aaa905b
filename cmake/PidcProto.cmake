# pidc_proto_library(NAME FILES a.proto b.proto ...): protobuf-c code for the
# given files (paths relative to proto/), generated into the build tree.
set(PIDC_PROTO_DIR "${CMAKE_SOURCE_DIR}/proto")
set(PIDC_PROTO_GEN "${CMAKE_BINARY_DIR}/proto-gen")
find_path(PIDC_PROTO_WELLKNOWN google/protobuf/timestamp.proto REQUIRED)

function(pidc_proto_library name)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(sources)
  foreach(file IN LISTS ARG_FILES)
    string(REGEX REPLACE "\\.proto$" "" stem "${file}")
    set(out "${PIDC_PROTO_GEN}/${stem}.pb-c")
    if(EXISTS "${PIDC_PROTO_DIR}/${file}")
      set(input "${PIDC_PROTO_DIR}/${file}")
    else()
      set(input "${PIDC_PROTO_WELLKNOWN}/${file}")
    endif()
    get_filename_component(dir "${out}" DIRECTORY)
    file(MAKE_DIRECTORY "${dir}")
    add_custom_command(OUTPUT "${out}.c" "${out}.h"
      COMMAND "${PROTOC_C}" -I "${PIDC_PROTO_DIR}" -I "${PIDC_PROTO_WELLKNOWN}"
        "--c_out=${PIDC_PROTO_GEN}" "${input}"
      DEPENDS "${input}" VERBATIM COMMENT "protoc-c ${file}")
    list(APPEND sources "${out}.c")
  endforeach()
  add_library(${name} STATIC ${sources})
  # Generated code is not held to our warnings.
  target_compile_options(${name} PRIVATE -w)
  if(PIDC_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${PIDC_SANITIZE})
  endif()
  target_include_directories(${name} SYSTEM PUBLIC "${PIDC_PROTO_GEN}")
  target_link_libraries(${name} PUBLIC PkgConfig::PROTOBUF_C)
endfunction()
