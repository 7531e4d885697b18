# opendcom_midl(target [DLLDATA] file.idl ...)
# Compiles IDL files with OpenDCOM's midl and adds what it writes to the target: interface ids, proxies and stubs, raw RPC clients and
# servers. The headers' folder becomes an include folder of the target. Several targets of one folder may name the same file:
# it is compiled once. Files that the IDL imports are watched too.
#   DLLDATA   also DllGetClassObject and its kin over the proxies, for a proxy library
function(opendcom_midl target)
  cmake_parse_arguments(arg "DLLDATA" "" "" ${ARGN})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/midl)
  file(MAKE_DIRECTORY ${folder})
  foreach(idl ${arg_UNPARSED_ARGUMENTS})
    get_filename_component(path ${idl} ABSOLUTE)
    get_filename_component(place ${path} DIRECTORY)
    get_filename_component(stem ${path} NAME_WE)
    set(base ${folder}/${stem})
    set(outputs ${base}.h ${base}_i.c ${base}_p.cpp ${base}_c.cpp ${base}_s.cpp)
    set(switches)
    if(arg_DLLDATA)
      list(APPEND outputs ${base}_dlldata.cpp)
      set(switches -dlldata ${stem}_dlldata.cpp)
    endif()
    get_property(known DIRECTORY PROPERTY opendcom_midl_${base})
    if(NOT known)
      set_property(DIRECTORY PROPERTY opendcom_midl_${base} ON)
      add_custom_command(
        OUTPUT ${outputs}
        COMMAND OpenDCOM::midl -empty -I ${place} -I ${OpenDCOM_IDL_DIR} -out ${folder} ${switches}
                -MD -MF ${base}.d -MT ${base}.h ${path}
        DEPENDS OpenDCOM::midl ${path}
        DEPFILE ${base}.d
        COMMENT "midl ${stem}.idl"
        VERBATIM)
    endif()
    target_sources(${target} PRIVATE ${outputs})
  endforeach()
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${folder}>)
endfunction()
