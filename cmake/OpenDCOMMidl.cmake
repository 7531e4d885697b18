# opendcom_midl(target [DLLDATA] [SERIALIZE] [NO_PROXY] [SWITCHES switch...] file.idl ...)
# Compiles IDL files with midl when they, or what they import, changed, and adds the result to the target: interface ids, proxies and
# stubs, clients and servers of raw RPC interfaces. `#include "file.h"` works in the target's sources.
#   DLLDATA    the target is a proxy/stub library: adds DllGetClassObject, DllRegisterServer and their kin (one IDL file only)
#   SERIALIZE  adds functions that write and read every structure as NDR (file_t.h)
#   NO_PROXY   ids and headers only
#   SWITCHES   more switches for midl
function(opendcom_midl target)
  cmake_parse_arguments(arg "DLLDATA;SERIALIZE;NO_PROXY" "" "SWITCHES" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.midl)
  file(MAKE_DIRECTORY ${folder})
  foreach(idl ${arg_UNPARSED_ARGUMENTS})
    get_filename_component(path ${idl} ABSOLUTE)
    get_filename_component(stem ${idl} NAME_WLE)
    get_filename_component(beside ${path} DIRECTORY)
    set(outputs ${folder}/${stem}.h ${folder}/${stem}_i.c)
    set(switches)
    if(arg_NO_PROXY)
      list(APPEND switches -proxy - -client none -server none)
    else()
      list(APPEND outputs ${folder}/${stem}_p.cpp ${folder}/${stem}_c.cpp ${folder}/${stem}_s.cpp)
    endif()
    if(arg_SERIALIZE)
      list(APPEND outputs ${folder}/${stem}_t.h ${folder}/${stem}_t.cpp)
      list(APPEND switches -serialize)
    endif()
    if(arg_DLLDATA)
      list(APPEND outputs ${folder}/${stem}_dlldata.cpp)
      list(APPEND switches -dlldata ${stem}_dlldata.cpp)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND OpenDCOM::midl -empty -out ${folder} -I ${beside} -I ${OpenDCOM_IDL_DIR} ${switches} ${arg_SWITCHES}
              -MD -MF ${folder}/${stem}.d -MT ${folder}/${stem}.h ${path}
      DEPENDS OpenDCOM::midl ${path}
      DEPFILE ${folder}/${stem}.d
      COMMENT "midl ${stem}.idl"
      VERBATIM)
    target_sources(${target} PRIVATE ${outputs})
  endforeach()
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
