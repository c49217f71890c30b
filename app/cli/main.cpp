// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include "core/base/crashdump.h"

#include <iostream>

int main(int argc, char **argv)
{
    using namespace cryoscope::cli;
    cryoscope::forbidCrashDumps();
    // checkpointctl asks its plugins so.
    if (argc == 2 && std::string_view(argv[1]) == "--plugin-description") {
        std::cout << "Find, redact and prove secrets absent in CRIU checkpoints\n";
        return 42;
    }
    CLI::App app(
        "Review, redact and prove CRIU checkpoints.\nA CHECKPOINT is an image directory or an archive (tar, "
        "tar.gz, tar.zst …). It is only read.",
        "cryoscope-cli");
    app.set_version_flag("--version", "cryoscope-cli " CRYOSCOPE_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done; 1 proof failed, findings with --fail-on, diff found something, or merge left "
        "conflicts; "
        "2 usage; 3 input cannot be read, in whole or in part; 4 output cannot be written; 130 cancelled.");
    std::string set;
    app.add_option(
        "--set", set,
        "Before or behind any command that takes a CHECKPOINT: which of several image sets in it to "
        "show, by its directory as info lists it (\"counter.tar!checkpoint\", \".\" for the top)");
    app.fallthrough(); // inherited by the commands
    Action action;
    addInfoCommand(app, action);
    addTextCommands(app, action);
    addViewCommands(app, action);
    addCodecCommands(app, action);
    addExplainCommand(app, action);
    addScanCommand(app, action);
    addRulesCommand(app, action);
    addRedactCommand(app, action);
    addVerifyCommands(app, action);
    addCaseCommands(app, action);
    addDiffCommand(app, action);
    addBytesCommand(app, action);
    addSearchCommand(app, action);
    addTranslateCommand(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? Done : UsageError;
    }
    Context context;
    context.showSet(set);
    const int code = action(context);
    std::cout.flush();
    if (!std::cout) {
        std::cerr << "cryoscope-cli: standard output cannot be written\n";
        return Unwritable;
    }
    return code;
}
