# SPDX-License-Identifier: Apache-2.0
# BUILD/moc, for the property AUTOMOC_EXECUTABLE; see moc.in. Needs Qt6Core.
get_target_property(moc Qt6::moc LOCATION)
configure_file("${CMAKE_CURRENT_LIST_DIR}/moc.in" "${PROJECT_BINARY_DIR}/moc" FILE_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE @ONLY)
