# The foreign judges of `dcom storage` and `dcom prop`.
function(odc_storage_judges)
  if(NOT ODC_TESTS OR NOT TARGET dcom)
    return()
  endif()
  add_test(NAME judge.compound_files
           COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/tests/judges/compound_files.py $<TARGET_FILE:dcom>)
  set_tests_properties(judge.compound_files PROPERTIES TIMEOUT 120)
  if(ODC_JUDGES STREQUAL "all")
    add_test(NAME judge.office_documents
             COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/tests/judges/office_documents.py $<TARGET_FILE:dcom>
                     ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/author-and-title)
    set_tests_properties(judge.office_documents PROPERTIES TIMEOUT 600)
  endif()
endfunction()

# libgsf beside our own numbers, where it is installed.
if(TARGET compound_file_bench)
  pkg_check_modules(GSF libgsf-1)
  if(GSF_FOUND)
    target_include_directories(compound_file_bench SYSTEM PRIVATE ${GSF_INCLUDE_DIRS})
    target_link_libraries(compound_file_bench PRIVATE ${GSF_LIBRARIES})
    target_compile_definitions(compound_file_bench PRIVATE ODC_HAVE_GSF)
  endif()
endif()
