// SPDX-License-Identifier: Apache-2.0
// ps, fds, mems, rss: the text of `crit x`.
#include "app/cli/commands.h"
#include "app/cli/jsontext.h"

#include "core/checkpoint/crittext.h"
#include "core/memory/critrss.h"

#include <iostream>

namespace cryoscope::cli
{

namespace
{

using Text = std::string (*)(const Checkpoint &);

void addView(CLI::App &app, Action &action, const std::string &name, const std::string &about, Text text,
             Text json)
{
    auto *command = app.add_subcommand(name, about);
    struct Options {
        std::string path;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    command->add_flag("--json", options->json, "Print JSON in go-criu's form");
    command->callback([options, text, json, &action] {
        action = [options, text, json](Context &context) {
            const auto checkpoint = context.openModel(options->path);
            if (!checkpoint)
                return context.fail(checkpoint.error());
            std::cout << (options->json ? json : text)(**checkpoint);
            return context.finish();
        };
    });
}

void addRss(CLI::App &app, Action &action)
{
    auto *command =
        app.add_subcommand("rss", "Stored pages of each process and the areas they lie in, as crit x rss");
    struct Options {
        std::string path;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    command->add_flag("--json", options->json, "Print JSON in go-criu's form");
    command->callback([options, &action] {
        action = [options](Context &context) {
            const auto memory = context.open(options->path);
            if (!memory)
                return context.fail(memory.error());
            std::cout << (options->json ? rssJson(**memory) : critRss(**memory));
            return context.finish();
        };
    });
}

} // namespace

void addTextCommands(CLI::App &app, Action &action)
{
    addView(app, action, "ps", "The process tree, as crit x ps prints it", critPs, psJson);
    addView(app, action, "fds", "Open files of each process, as crit x fds prints them", critFds, fdsJson);
    addView(app, action, "mems", "Memory areas of each process, as crit x mems prints them", critMems,
            memsJson);
    addRss(app, action);
}

} // namespace cryoscope::cli
