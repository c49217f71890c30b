// SPDX-License-Identifier: Apache-2.0
// ps, fds, mems, rss: the text of `crit x`; decode: the JSON of `crit decode`.
#include "app/cli/commands.h"
#include "app/cli/jsontext.h"

#include "core/bytes/filesource.h"
#include "core/checkpoint/crittext.h"
#include "core/image/critjson.h"
#include "core/memory/critrss.h"

#include <filesystem>
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
    auto path = std::make_shared<std::string>();
    command->add_option("CHECKPOINT", *path, "Image directory or archive")->required();
    command->callback([path, &action] {
        action = [path](Context &context) {
            const auto memory = context.open(*path);
            if (!memory)
                return context.fail(memory.error());
            std::cout << critRss(**memory);
            return context.finish();
        };
    });
}

/// FILE, or CHECKPOINT!member.
Result<Image> openImage(Context &context, const std::string &name, std::shared_ptr<const Checkpoint> &keep)
{
    std::error_code ignored;
    if (std::filesystem::is_regular_file(name, ignored)) {
        auto file = FileSource::open(name);
        if (!file)
            return file.error();
        return Image::open(*file, Schema::load());
    }
    // The checkpoint's own name may hold a '!': the shortest part that is there counts.
    for (size_t at = name.find('!'); at != std::string::npos; at = name.find('!', at + 1)) {
        const std::string path = name.substr(0, at);
        if (!std::filesystem::exists(path, ignored))
            continue;
        auto checkpoint = context.openModel(path);
        if (!checkpoint)
            return checkpoint.error();
        keep = *checkpoint;
        const Member *member = keep->archive().find(name.substr(at + 1));
        if (member == nullptr)
            return Error{ErrorCode::NotFound, "has no member \"" + name.substr(at + 1) + "\"", path,
                         std::nullopt};
        return keep->openImage(member->id);
    }
    return Error{ErrorCode::InputUnreadable, "is not there", name, std::nullopt};
}

void addDecode(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand("decode", "An image as JSON, as crit decode prints it");
    struct Options {
        std::string file;
        CritOptions json;
    };
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->file, "Image file, or CHECKPOINT!MEMBER")->required();
    command->add_flag("--pretty", options->json.pretty, "Indented, numbers in words");
    command->add_flag("--nopl", options->json.nopl, "Sizes instead of payloads");
    command->callback([options, &action] {
        action = [options](Context &context) {
            std::shared_ptr<const Checkpoint> keep;
            const auto image = openImage(context, options->file, keep);
            if (!image)
                return context.fail(image.error());
            const auto done =
                critDecode(*image, options->json, [](std::string_view text) { std::cout << text; });
            std::cout << "\n";
            if (!done)
                return context.fail(done.error());
            return static_cast<int>(Done);
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
    addDecode(app, action);
}

} // namespace cryoscope::cli
