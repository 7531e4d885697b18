# Rooms. One without sources is skipped, so the list may run ahead of the tree.
odc_room(base)
set_source_files_properties(src/base/version.cpp PROPERTIES COMPILE_DEFINITIONS "ODC_VERSION=\"${PROJECT_VERSION}\"")
odc_room(ndr USES base)
odc_room(security USES base)
odc_room(registry USES base LINK sqlite3)
odc_room(typelib USES base)
odc_room(compound_file USES base)
odc_room(property_set USES base)
odc_room(midl USES base typelib)
odc_room(rpc USES ndr security base)

# The compiler, and what it makes of our own IDL: odc_sdk (headers), odc_ids, odc_wire (raw RPC clients and servers).
odc_program(midl USES midl)
include(cmake/OdcIdl.cmake)
include(cmake/OdcSdk.cmake)

odc_room(orpc USES wire sdk rpc ndr base)
odc_room(com USES orpc wire ids sdk rpc ndr registry base LINK ${CMAKE_DL_LIBS})
target_sources(odc_com PRIVATE ${ODC_PROXY_SOURCES})
odc_room(automation USES com typelib orpc sdk ids rpc ndr base)
if(TARGET odc_automation)
  target_sources(odc_automation PRIVATE ${ODC_AUTOMATION_PROXY_SOURCES})
endif()
odc_room(winrt USES com orpc sdk ids rpc ndr base)
target_sources(odc_winrt PRIVATE ${ODC_WINRT_PROXY_SOURCES})
odc_room(storage USES automation com compound_file property_set)
target_sources(odc_storage PRIVATE ${ODC_STORAGE_PROXY_SOURCES})
odc_room(scm USES orpc wire ids sdk registry rpc ndr base)

# The one library that users link: every room that a client or a server needs, whole.
odc_shared_library(opendcom ROOMS base ndr security registry typelib compound_file property_set rpc wire ids orpc com automation winrt storage)

# The programs. Each is src/tools/<name>.cpp; the sub-commands of `dcom` are src/tools/*_command.cpp.
odc_tools(MAINS dcom midl dcomd)
include(cmake/OdcStorageTools.cmake)
odc_program(dcom USES tools)
odc_storage_judges()
odc_program(dcomd USES scm)

# Parts with a list of their own.
foreach(part examples bench tests)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${part}/CMakeLists.txt)
    add_subdirectory(${part})
  endif()
endforeach()

# `demo` builds what ./demo plays with; the story adds its own programs to it.
if(NOT TARGET demo)
  add_custom_target(demo)
endif()
foreach(program midl dcom dcomd opendcom pager-demo)
  if(TARGET ${program})
    add_dependencies(demo ${program})
  endif()
endforeach()

include(cmake/OdcInstall.cmake)
