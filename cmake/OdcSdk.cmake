# What our own IDL becomes:
#   odc_sdk   the headers alone (INTERFACE); every room that includes SDK or wire headers uses it
#   odc_ids   IIDs and CLSIDs of the SDK and wire interfaces
#   odc_wire  raw RPC clients and servers of the wire interfaces, and the NDR functions of their structures; no COM needed
# The proxies and stubs of SDK and wire interfaces need the object runtime: ODC_PROXY_SOURCES are for the room that has it.
add_library(odc_sdk INTERFACE)
odc_idl(odc_sdk FOLDER ${ODC_SDK_FOLDER} ${ODC_SDK_IDL} ${ODC_AUTOMATION_IDL} ${ODC_STORAGE_IDL} ${ODC_WINRT_IDL} ${ODC_SPECIFICATION_IDL})
odc_idl(odc_sdk WINRT FOLDER ${ODC_SDK_FOLDER} ${ODC_WINRT_NAMESPACE_IDL})
# Structures of the wire travel outside of calls too, in OBJREFs and activation blobs. Those of the SDK do not, and some of them
# describe for the compiler what its header writes otherwise (VARIANT).
odc_idl(odc_sdk SERIALIZE FOLDER ${ODC_SDK_FOLDER} ${ODC_WIRE_IDL})

set(ids)
set(wire)
set(ODC_PROXY_SOURCES)
foreach(idl ${ODC_SDK_IDL} ${ODC_WIRE_IDL})
  get_filename_component(stem ${idl} NAME_WE)
  list(APPEND ids ${ODC_SDK_FOLDER}/${stem}_i.c)
  list(APPEND ODC_PROXY_SOURCES ${ODC_SDK_FOLDER}/${stem}_p.cpp)
endforeach()
set(ODC_AUTOMATION_PROXY_SOURCES)
foreach(idl ${ODC_AUTOMATION_IDL})
  get_filename_component(stem ${idl} NAME_WE)
  list(APPEND ids ${ODC_SDK_FOLDER}/${stem}_i.c)
  list(APPEND ODC_AUTOMATION_PROXY_SOURCES ${ODC_SDK_FOLDER}/${stem}_p.cpp)
endforeach()
set(ODC_WINRT_PROXY_SOURCES)
foreach(idl ${ODC_WINRT_IDL} ${ODC_WINRT_NAMESPACE_IDL})
  get_filename_component(stem ${idl} NAME_WLE)
  list(APPEND ids ${ODC_SDK_FOLDER}/${stem}_i.c)
  list(APPEND ODC_WINRT_PROXY_SOURCES ${ODC_SDK_FOLDER}/${stem}_p.cpp)
endforeach()
list(APPEND ids ${ODC_SDK_FOLDER}/propidl_i.c)
set(ODC_STORAGE_PROXY_SOURCES ${ODC_SDK_FOLDER}/propidl_p.cpp)
foreach(idl ${ODC_WIRE_IDL})
  get_filename_component(stem ${idl} NAME_WE)
  list(APPEND wire ${ODC_SDK_FOLDER}/${stem}_c.cpp ${ODC_SDK_FOLDER}/${stem}_s.cpp ${ODC_SDK_FOLDER}/${stem}_t.cpp)
endforeach()
add_library(odc_ids STATIC ${ids})
target_link_libraries(odc_ids PUBLIC odc_flags odc_sdk)
if(TARGET odc_rpc)
  add_library(odc_wire STATIC ${wire})
  target_link_libraries(odc_wire PUBLIC odc_flags odc_sdk odc_rpc)
endif()

# odc_typelibs: the type libraries that importlib finds without being told where; midl looks beside itself (build/share as after
# installation: share/opendcom/typelib).
set(ODC_TYPELIB_FOLDER ${PROJECT_BINARY_DIR}/share/opendcom/typelib)
file(MAKE_DIRECTORY ${ODC_TYPELIB_FOLDER})
set(ODC_TYPELIBS)
foreach(name stdole2 stdole32)
  add_custom_command(OUTPUT ${ODC_TYPELIB_FOLDER}/${name}.tlb
    COMMAND midl -out ${ODC_TYPELIB_FOLDER} -tlb ${name}.tlb -h - -iid - -proxy none -client none -server none
            ${PROJECT_SOURCE_DIR}/idl/${name}.idl
    DEPENDS midl ${PROJECT_SOURCE_DIR}/idl/${name}.idl COMMENT "midl ${name}.idl" VERBATIM)
  list(APPEND ODC_TYPELIBS ${ODC_TYPELIB_FOLDER}/${name}.tlb)
endforeach()
add_custom_target(odc_typelibs ALL DEPENDS ${ODC_TYPELIBS})
