# pidc_sql_table(OUT_DIR MIGRATION_DIR STATEMENT_DIR...): statements.h and
# statements.c in OUT_DIR, from the SQL files of those folders.
set(PIDC_EMBED_SQL "${CMAKE_SOURCE_DIR}/cmake/embed_sql.py")
find_program(PIDC_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

function(pidc_sql_table out_dir)
  set(inputs)
  foreach(dir IN LISTS ARGN)
    file(GLOB files CONFIGURE_DEPENDS "${dir}/*.sql")
    list(APPEND inputs ${files})
  endforeach()
  file(MAKE_DIRECTORY "${out_dir}")
  add_custom_command(OUTPUT "${out_dir}/statements.h" "${out_dir}/statements.c"
    COMMAND "${PIDC_PYTHON}" "${PIDC_EMBED_SQL}" "${out_dir}" ${ARGN}
    DEPENDS ${inputs} "${PIDC_EMBED_SQL}" VERBATIM COMMENT "embedding SQL")
  # Literals of SQL are longer than the 4095 bytes that C11 promises.
  set_source_files_properties("${out_dir}/statements.c" PROPERTIES
    COMPILE_OPTIONS "-Wno-overlength-strings")
endfunction()
