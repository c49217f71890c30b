// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/prooftext.h"

#include "core/export/checkpointdifference.h"

#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

struct DiffOptions {
    std::string before;
    std::string after;
    bool values = false;
    bool json = false;
};

std::string counted(uint64_t count, const char *one, const char *many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

Json fieldJson(const FieldDifference &field, bool values)
{
    Json json{{"change", changeName(field.change)},
              {"path", field.path},
              {"kind", field.kind},
              {"offset", field.offset()}};
    if (field.change != Change::Added)
        json["lengthBefore"] = field.lengthBefore;
    if (field.change != Change::Removed)
        json["lengthAfter"] = field.lengthAfter;
    if (values && field.change != Change::Added)
        json["before"] = field.before;
    if (values && field.change != Change::Removed)
        json["after"] = field.after;
    return json;
}

Json memberJson(const MemberDifference &member, bool values)
{
    Json json{{"change", changeName(member.change)}, {"path", member.path}};
    if (member.change != Change::Added)
        json["sizeBefore"] = member.sizeBefore;
    if (member.change != Change::Removed)
        json["sizeAfter"] = member.sizeAfter;
    if (member.change == Change::Changed)
        json["changedBytes"] = member.changedBytes;
    if (member.image) {
        json["fields"] = Json::array();
        for (const FieldDifference &field : member.image->fields)
            json["fields"].push_back(fieldJson(field, values));
        if (member.image->unlisted > 0)
            json["fieldsNotListed"] = member.image->unlisted;
    }
    return json;
}

Json memoryJson(const MemoryDifference &memory)
{
    Json json = Json::object();
    if (memory.pid)
        json["pid"] = *memory.pid;
    else
        json["sharedObject"] = memory.sharedId;
    json["changedPages"] = memory.changedPages;
    json["addedPages"] = memory.addedPages;
    json["removedPages"] = memory.removedPages;
    json["changedBytes"] = memory.changedBytes;
    json["ranges"] = Json::array();
    for (const PagesDifference &range : memory.ranges)
        json["ranges"].push_back({{"change", changeName(range.change)},
                                  {"address", hex(range.address)},
                                  {"pages", range.pages},
                                  {"changedBytes", range.changedBytes},
                                  {"area", range.area}});
    if (memory.unlisted > 0)
        json["rangesNotListed"] = memory.unlisted;
    return json;
}

Json differenceJson(const CheckpointDifference &difference, bool values)
{
    Json json{{"same", difference.same()}, {"members", Json::array()}, {"memory", Json::array()}};
    for (const MemberDifference &member : difference.members)
        json["members"].push_back(memberJson(member, values));
    for (const MemoryDifference &memory : difference.memory)
        json["memory"].push_back(memoryJson(memory));
    return json;
}

void printField(const FieldDifference &field, bool values)
{
    std::cout << "    " << changeName(field.change) << ": " << printable(field.path) << " (" << field.kind;
    if (field.change == Change::Changed && field.lengthBefore != field.lengthAfter)
        std::cout << ", " << field.lengthBefore << " bytes, now " << field.lengthAfter;
    else
        std::cout << ", " << counted(std::max(field.lengthBefore, field.lengthAfter), "byte", "bytes");
    std::cout << ")";
    if (values && field.kind != "message" && field.kind != "record") {
        std::cout << ":";
        if (field.change != Change::Added)
            std::cout << " " << printable(field.before);
        if (field.change == Change::Changed)
            std::cout << " ->";
        if (field.change != Change::Removed)
            std::cout << " " << printable(field.after);
    }
    std::cout << "\n";
}

void printMember(const MemberDifference &member, bool values)
{
    std::cout << changeName(member.change) << ": " << printable(member.path) << " (";
    if (member.change == Change::Added)
        std::cout << sizeText(member.sizeAfter);
    else if (member.change == Change::Removed)
        std::cout << sizeText(member.sizeBefore);
    else if (member.sizeBefore != member.sizeAfter)
        std::cout << sizeText(member.sizeBefore) << ", now " << sizeText(member.sizeAfter);
    else
        std::cout << counted(member.changedBytes, "byte differs", "bytes differ");
    std::cout << ")\n";
    if (!member.image)
        return;
    for (const FieldDifference &field : member.image->fields)
        printField(field, values);
    if (member.image->unlisted > 0)
        std::cout << "    and " << counted(member.image->unlisted, "field", "fields") << " more\n";
}

void printMemory(const MemoryDifference &memory)
{
    std::cout << "memory of "
              << (memory.pid ? "pid " + std::to_string(*memory.pid)
                             : "shared object " + std::to_string(memory.sharedId))
              << ": " << counted(memory.changedPages, "page", "pages") << " changed ("
              << counted(memory.changedBytes, "byte", "bytes") << "), " << memory.addedPages << " added, "
              << memory.removedPages << " removed\n";
    for (const PagesDifference &range : memory.ranges) {
        std::cout << "    " << changeName(range.change) << ": " << hex(range.address) << ", "
                  << counted(range.pages, "page", "pages");
        if (range.change == Change::Changed)
            std::cout << ", " << counted(range.changedBytes, "byte differs", "bytes differ");
        if (!range.area.empty())
            std::cout << ", " << printable(range.area);
        std::cout << "\n";
    }
    if (memory.unlisted > 0)
        std::cout << "    and " << counted(memory.unlisted, "range", "ranges") << " more\n";
}

int diff(Context &context, const DiffOptions &options)
{
    const auto before = context.open(options.before);
    if (!before)
        return context.fail(before.error());
    const auto after = context.open(options.after);
    if (!after)
        return context.fail(after.error());
    const auto difference =
        compareCheckpoints(**before, **after, options.values, context.progress(), context.stop());
    if (!difference)
        return context.fail(difference.error());
    if (options.json) {
        std::cout << jsonText(differenceJson(*difference, options.values)) << "\n";
    } else {
        for (const MemberDifference &member : difference->members)
            printMember(member, options.values);
        for (const MemoryDifference &memory : difference->memory)
            printMemory(memory);
    }
    if (context.hasProblems())
        return context.finish();
    return difference->same() ? Done : Failed;
}

} // namespace

void addDiffCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand(
        "diff",
        "What differs between two checkpoints: members, fields of images, pages of each process. Exit "
        "code 0 if nothing, 1 if something does");
    auto options = std::make_shared<DiffOptions>();
    command->add_option("A", options->before, "Image directory or archive")->required();
    command->add_option("B", options->after, "Image directory or archive")->required();
    command->add_flag("--values", options->values,
                      "Print the values of fields too; without, their kind and length only");
    command->add_flag("--json", options->json, "Print JSON");
    command->callback(
        [options, &action] { action = [options](Context &context) { return diff(context, *options); }; });
}

} // namespace cryoscope::cli
