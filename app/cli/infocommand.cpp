// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/containertext.h"
#include "app/cli/imageargument.h"
#include "app/cli/imagetext.h"
#include "app/cli/restoretext.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

uint64_t pagesOf(const Memory &memory)
{
    uint64_t bytes = 0;
    for (const Member &member : memory.checkpoint().archive().members()) {
        if (member.storage != Storage::Decoded && member.storage != Storage::Linked && member.content &&
            memory.isPagesFile(member.id))
            bytes += member.content->size();
    }
    return bytes;
}

std::string severityName(Severity severity)
{
    return severity == Severity::Note ? "note" : severity == Severity::Warning ? "warning" : "fatal";
}

Json toJson(const Memory &memory, const Completeness &completeness)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    const Archive &archive = checkpoint.archive();
    Json json;
    json["path"] = archive.path();
    json["form"] = archiveFormName(archive.form());
    json["criu"] = checkpoint.criuVersion();
    json["imageVersion"] = checkpoint.inventory().imageVersion;
    json["imageSet"] = checkpoint.imagePrefix();
    json["layout"] = layoutName(checkpoint.layout());
    if (const auto &container = checkpoint.container())
        json["container"] = containerJson(*container);
    json["imageSets"] = Json::array();
    for (const ImageSetInfo &set : checkpoint.imageSets()) {
        Json entry{
            {"prefix", set.prefix}, {"shown", set.prefix == checkpoint.imagePrefix()}, {"tree", set.tree}};
        if (set.container)
            entry["container"] = set.container->name;
        json["imageSets"].push_back(std::move(entry));
    }
    json["tasks"] = Json::array();
    for (const Task &task : checkpoint.tasks())
        json["tasks"].push_back({{"pid", task.pid},
                                 {"ppid", task.ppid},
                                 {"comm", task.comm},
                                 {"state", taskStateName(task.state)},
                                 {"threads", task.threads.size()},
                                 {"vmas", task.vmas.size()},
                                 {"fds", task.files.size()}});
    json["members"] = archive.members().size();
    json["files"] = checkpoint.files().size();
    json["pageBytes"] = pagesOf(memory);
    json["pageSize"] = checkpoint.pageSize();
    json["sharedObjects"] = memory.sharedObjects();
    json["parentSets"] = memory.parentSets();
    json["features"] = featuresJson(checkpoint);
    json["images"] = imagesJson(memory);
    json["problems"] = Json::array();
    for (const Problem &problem : memory.problems()) {
        Json entry{{"severity", severityName(problem.severity)},
                   {"message", problem.error.message},
                   {"file", problem.error.file}};
        if (problem.error.offset)
            entry["offset"] = *problem.error.offset;
        json["problems"].push_back(std::move(entry));
    }
    json["restorable"] = {{"complete", completeness.complete()},
                          {"findings", restoreFindingsJson(completeness.findings)}};
    return json;
}

void print(const Memory &memory, const Completeness &completeness)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    const Archive &archive = checkpoint.archive();
    const auto line = [](std::string_view name, const std::string &value) {
        if (!value.empty())
            std::cout << std::string(name) << std::string(14 - std::min<size_t>(name.size(), 13), ' ')
                      << printable(value) << "\n";
    };
    line("Checkpoint", archive.path());
    line("Form", std::string(archiveFormName(archive.form())) + ", " +
                     std::to_string(archive.members().size()) + " members");
    line("Layout", std::string(layoutName(checkpoint.layout())));
    line("Made by", checkpoint.criuVersion());
    if (const auto &container = checkpoint.container()) {
        for (const auto &[name, value] : containerLines(*container))
            line(name, value);
    }
    line("Image set", checkpoint.imagePrefix().empty() ? "." : checkpoint.imagePrefix());
    if (checkpoint.imageSets().size() > 1) {
        std::string_view title = "Image sets";
        for (const ImageSetInfo &set : checkpoint.imageSets()) {
            line(title, (set.prefix.empty() ? "." : set.prefix) +
                            (set.container && !set.container->name.empty() ? " " + set.container->name : "") +
                            (set.tree ? "" : " (no process tree)"));
            title = "";
        }
    }
    size_t threads = 0;
    for (const Task &task : checkpoint.tasks())
        threads += task.threads.size();
    line("Tasks", std::to_string(checkpoint.tasks().size()) + ", " + std::to_string(threads) + " threads");
    for (const Task &task : checkpoint.tasks())
        line("", std::to_string(task.pid) + " " + task.comm + " (" + taskStateName(task.state) + ")");
    line("Memory", sizeText(pagesOf(memory)) + " in pages of " + std::to_string(checkpoint.pageSize()) +
                       " bytes, " + std::to_string(memory.sharedObjects().size()) + " shared objects");
    line("Files", std::to_string(checkpoint.files().size()) + " file entries");
    for (const auto &[name, value] : featureLines(checkpoint))
        line(name, value);
    std::string parents;
    for (const std::string &prefix : memory.parentSets())
        parents += (parents.empty() ? "" : ", ") + prefix;
    line("Parent sets", parents);
    for (const auto &[name, value] : imageLines(memory))
        line(name, value);
    line("Problems",
         std::to_string(memory.problems().size()) + (memory.problems().empty() ? "" : " (see stderr)"));
    std::cout << "Complete and restorable: " << completeness.answer() << "\n";
    for (const RestoreFinding &finding : completeness.findings)
        std::cout << "  " << restoreFindingLine(finding) << "\n";
}

/// The JSON of `crit info`.
int imageInfo(Context &context, const std::string &name)
{
    const auto argument = openImageArgument(context, name);
    if (!argument)
        return context.fail(argument.error());
    const Image &image = argument->image;
    const size_t heads = image.type().name == "PAGEMAP" && !image.records().empty() ? 1 : 0;
    std::cout << Json{{"magic", image.type().name}, {"count", image.records().size() - heads}}.dump(4)
              << "\n";
    return image.problem() ? context.fail(*image.problem()) : static_cast<int>(Done);
}

} // namespace

void addInfoCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand(
        "info", "Engine, CRIU version, tasks, sizes, features, problems, and whether the set is complete and "
                "restorable; of an image: type and number of entries");
    struct Options {
        std::string path;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command
        ->add_option("CHECKPOINT", options->path,
                     "Image directory or archive; an image file, or CHECKPOINT!MEMBER")
        ->required();
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options, &action] {
        action = [options](Context &context) {
            if (namesImage(options->path))
                return imageInfo(context, options->path);
            const auto memory = context.open(options->path);
            if (!memory)
                return context.fail(memory.error());
            const Completeness completeness = checkCompleteness(**memory, context.stop());
            if (context.stop().stop_requested())
                return context.fail({ErrorCode::Cancelled, "cancelled", options->path, std::nullopt});
            if (options->json)
                std::cout
                    << toJson(**memory, completeness).dump(2, ' ', false, Json::error_handler_t::replace)
                    << "\n";
            else
                print(**memory, completeness);
            return context.finish();
        };
    });
}

} // namespace cryoscope::cli
