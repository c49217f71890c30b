// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include <CLI/CLI.hpp>

#include <functional>

namespace cryoscope::cli
{

/// What the chosen command does; returns the exit code.
using Action = std::function<int(Context &)>;

// Each adds its commands to `app`; parsing one sets `action`.
void addInfoCommand(CLI::App &app, Action &action);
void addExplainCommand(CLI::App &app, Action &action);
void addTextCommands(CLI::App &app, Action &action);  ///< ps, fds, mems, rss
void addViewCommands(CLI::App &app, Action &action);  ///< sk, threads, env, args, files, mounts
void addCodecCommands(CLI::App &app, Action &action); ///< decode, encode
void addScanCommand(CLI::App &app, Action &action);
void addRulesCommand(CLI::App &app, Action &action); ///< list, test, explain
void addDiffCommand(CLI::App &app, Action &action);
void addRedactCommand(CLI::App &app, Action &action);
void addVerifyCommands(CLI::App &app, Action &action); ///< verify, report
void addCaseCommands(CLI::App &app, Action &action); ///< baseline, merge
void addBytesCommand(CLI::App &app, Action &action);
void addSearchCommand(CLI::App &app, Action &action);
void addTranslateCommand(CLI::App &app, Action &action);

} // namespace cryoscope::cli
