# Flags for all of our own code. Interface target, so that nothing leaks into users of the installed package.
add_library(odc_flags INTERFACE)
target_compile_options(odc_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wcast-align -Wimplicit-fallthrough -Werror
  -fno-semantic-interposition)
# COM interfaces have no virtual destructor by definition (the binary interface is the method table and nothing else).
target_compile_options(odc_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-non-virtual-dtor -Wno-delete-non-virtual-dtor>)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(odc_flags INTERFACE -Wthread-safety -Wno-shadow -Wno-gnu-zero-variadic-macro-arguments)
else()
  # GCC 12 warns about its own std::string and std::vector when it inlines them (bugs 105651, 105329).
  target_compile_options(odc_flags INTERFACE -Wshadow=local -Wno-psabi -Wno-restrict -Wno-stringop-overflow)
endif()
if(ODC_SANITIZE)
  target_compile_options(odc_flags INTERFACE -fsanitize=${ODC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined
                         -fno-sanitize=enum)  # an enum that came over a wire can be any number, as in C
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # GCC 12 warns about <regex> and <functional> once they are instrumented (bug 105562).
    target_compile_options(odc_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(odc_flags INTERFACE -fsanitize=${ODC_SANITIZE})
endif()
if(ODC_FUZZ)
  target_compile_options(odc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Our own headers are read without <windows.h> and <ole2.h>, which those that MIDL writes include for others.
target_compile_definitions(odc_flags INTERFACE COM_NO_WINDOWS_H)
# -isystem would hide our own warnings: these are plain include folders.
target_include_directories(odc_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/sdk
                           ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
