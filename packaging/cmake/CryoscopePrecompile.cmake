# SPDX-License-Identifier: Apache-2.0
# Heavy headers of libraries, parsed once a build. None of ours are among them, so that a change to one rebuilds only who
# includes it. The debug preset builds without, which finds files that include too little. The core and its tests have none: what
# they include is light, and GCC 12 gives false warnings for std::string from a precompiled header.
option(CRYOSCOPE_PCH "Precompile the heavy headers" ON)

set(std_headers <algorithm> <array> <charconv> <cstring> <filesystem> <functional> <map> <memory> <mutex>
    <optional> <set> <span> <stop_token> <string> <string_view> <unordered_map> <vector>)
set(CRYOSCOPE_PCH_cli ${std_headers} <iostream> <CLI/CLI.hpp>)
set(CRYOSCOPE_PCH_ui ${std_headers} <QAbstractTableModel> <QAction> <QApplication> <QComboBox> <QDialog>
    <QHeaderView> <QLabel> <QLineEdit> <QMainWindow> <QMenu> <QPainter> <QPushButton> <QSettings> <QTableView>
    <QTimer> <QToolBar> <QTreeView> <QVBoxLayout>)
set(CRYOSCOPE_PCH_guitest ${CRYOSCOPE_PCH_ui} <QTemporaryDir> <QTest>)

# cryoscope_precompile(TARGET KIND): the first target of a kind makes the precompiled header, the others use it. GCC takes
# one only where all macros of its command line are defined, so a target with some of its own cannot be the first.
function(cryoscope_precompile target kind)
  if(NOT CRYOSCOPE_PCH)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY CRYOSCOPE_PCH_OWNER_${kind})
  get_target_property(definitions ${target} COMPILE_DEFINITIONS)
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  elseif(NOT definitions)
    target_precompile_headers(${target} PRIVATE ${CRYOSCOPE_PCH_${kind}})
    set_property(GLOBAL PROPERTY CRYOSCOPE_PCH_OWNER_${kind} ${target})
  endif()
endfunction()
