# SPDX-License-Identifier: Apache-2.0
# KSyntaxHighlighting for Qt 6: KF6 where it is packaged (Debian 13), else 5.116 built for Qt 6 into a private
# prefix (see packaging/). Debian 12's own libkf5syntaxhighlighting is linked to Qt 5 and must never be used, so a
# KF5 package is accepted only from CRYOSCOPE_KSYNTAX_PREFIX.
set(CRYOSCOPE_KSYNTAX_PREFIX "" CACHE PATH "Prefix of a KSyntaxHighlighting 5.116 that was built for Qt 6")
add_library(cryoscope_syntax INTERFACE)
find_package(KF6SyntaxHighlighting QUIET)
if(KF6SyntaxHighlighting_FOUND)
  target_link_libraries(cryoscope_syntax INTERFACE KF6::SyntaxHighlighting)
  target_compile_definitions(cryoscope_syntax INTERFACE CRYOSCOPE_HAVE_KSYNTAX=1)
elseif(CRYOSCOPE_KSYNTAX_PREFIX)
  find_package(KF5SyntaxHighlighting REQUIRED PATHS "${CRYOSCOPE_KSYNTAX_PREFIX}" NO_DEFAULT_PATH)
  target_link_libraries(cryoscope_syntax INTERFACE KF5::SyntaxHighlighting)
  target_compile_definitions(cryoscope_syntax INTERFACE CRYOSCOPE_HAVE_KSYNTAX=1)
else()
  message(WARNING "KSyntaxHighlighting for Qt 6 not found: decoded images and text members are shown plain")
endif()
