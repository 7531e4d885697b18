# What `cmake --install` puts where: the library, its headers (our own, the SDK's, and those that MIDL made of idl/), the interface
# descriptions, the programs, pkg-config and find_package, units and manual pages.
include(CMakePackageConfigHelpers)

install(TARGETS opendcom EXPORT OpenDCOMTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/opendcom/sdk)
get_property(programs GLOBAL PROPERTY ODC_PROGRAMS)
foreach(program ${programs})
  install(TARGETS ${program} EXPORT OpenDCOMTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/opendcom/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/opendcom FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/opendcom/sdk FILES_MATCHING PATTERN "*.h")
# What midl made of idl/, but not the contract between our own runtime and daemon.
foreach(idl ${ODC_SDK_IDL} ${ODC_AUTOMATION_IDL} ${ODC_STORAGE_IDL} ${ODC_WINRT_IDL} ${ODC_WINRT_NAMESPACE_IDL} ${ODC_SPECIFICATION_IDL} ${ODC_WIRE_IDL})
  get_filename_component(stem ${idl} NAME_WLE)
  if(NOT stem STREQUAL localscm)
    install(FILES ${ODC_SDK_FOLDER}/${stem}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/opendcom/sdk)
  endif()
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/idl/ DESTINATION ${CMAKE_INSTALL_DATADIR}/opendcom/idl FILES_MATCHING PATTERN "*.idl" PATTERN "*.h" PATTERN "localscm.idl" EXCLUDE)

install(FILES ${ODC_TYPELIBS} DESTINATION ${CMAKE_INSTALL_DATADIR}/opendcom/typelib)

set(config ${CMAKE_INSTALL_LIBDIR}/cmake/OpenDCOM)
install(EXPORT OpenDCOMTargets NAMESPACE OpenDCOM:: DESTINATION ${config})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/OpenDCOMConfig.cmake.in ${PROJECT_BINARY_DIR}/OpenDCOMConfig.cmake
                              INSTALL_DESTINATION ${config} PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/OpenDCOMConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/OpenDCOMConfig.cmake ${PROJECT_BINARY_DIR}/OpenDCOMConfigVersion.cmake DESTINATION ${config})
install(FILES ${PROJECT_SOURCE_DIR}/cmake/OpenDCOMMidl.cmake DESTINATION ${config})

configure_file(${PROJECT_SOURCE_DIR}/cmake/opendcom.pc.in ${PROJECT_BINARY_DIR}/opendcom.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/opendcom.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(unit dcomd.service dcomd.socket)
  configure_file(${PROJECT_SOURCE_DIR}/systemd/${unit}.in ${PROJECT_BINARY_DIR}/systemd/${unit} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION lib/systemd/system)
endforeach()
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[1-8])
foreach(page ${pages})
  get_filename_component(section ${page} EXT)
  string(SUBSTRING ${section} 1 -1 section)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
