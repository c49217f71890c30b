# SPDX-License-Identifier: Apache-2.0
# Heavy headers of libraries, parsed once a build. None of ours are among them, so that a change to one rebuilds only who
# includes it. The debug preset builds without, which finds files that include too little. The core has none: GCC 12 gives
# false warnings for std::string from a precompiled header.
option(CRYOSCOPE_PCH "Precompile the heavy headers" ON)

set(std_headers <algorithm> <array> <charconv> <cstring> <filesystem> <functional> <map> <memory> <mutex>
    <optional> <set> <span> <stop_token> <string> <string_view> <unordered_map> <vector>)
set(CRYOSCOPE_PCH_cli ${std_headers} <iostream> <CLI/CLI.hpp> <nlohmann/json.hpp>)
set(CRYOSCOPE_PCH_coretest ${std_headers} <QDir> <QFile> <QJsonDocument> <QProcess> <QRegularExpression> <QTemporaryDir>
    <QTest>)
set(CRYOSCOPE_PCH_ui ${std_headers} <QAbstractTableModel> <QAction> <QApplication> <QComboBox> <QDialog>
    <QHeaderView> <QLabel> <QLineEdit> <QMainWindow> <QMenu> <QPainter> <QPushButton> <QSettings> <QTableView>
    <QTimer> <QToolBar> <QTreeView> <QVBoxLayout>)
set(CRYOSCOPE_PCH_windowtest ${std_headers} <QApplication> <QLabel> <QPushButton> <QSignalSpy> <QTableView> <QTemporaryDir>
    <QTest>)

# cryoscope_precompile(TARGET KIND): the first target of a kind makes the precompiled header, the others use it.
function(cryoscope_precompile target kind)
  if(NOT CRYOSCOPE_PCH)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY CRYOSCOPE_PCH_OWNER_${kind})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${CRYOSCOPE_PCH_${kind}})
    set_property(GLOBAL PROPERTY CRYOSCOPE_PCH_OWNER_${kind} ${target})
  endif()
endfunction()
