// SPDX-License-Identifier: Apache-2.0
// explain: what each byte of a member is for.
#include "app/cli/commands.h"

#include "core/image/rawdissection.h"
#include "core/memory/memberexplainer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;
using NodeKind = DissectionNode::Kind;

struct ExplainOptions {
    std::string path;
    std::string member;
    std::string at;
    bool all = false;
    bool json = false;
    bool pages = false;
};

std::string jsonLine(const Json &json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string linkText(const Archive &archive, const DissectionLink &link)
{
    if (link.kind == DissectionLink::Kind::Memory)
        return link.text + " at " + hex(link.address);
    std::string text = link.text;
    if (link.member != noMember &&
        !archive.member(link.member).path.ends_with(text.substr(0, text.find(' '))))
        text += " (" + archive.member(link.member).path + ")";
    return text;
}

Json nodeJson(const Archive &archive, const DissectionNode &node, unsigned depth)
{
    Json json{{"offset", node.range.offset},
              {"length", node.range.length},
              {"depth", depth},
              {"kind", dissectionKindName(node.kind)},
              {"name", node.name}};
    if (!node.value.empty())
        json["value"] = node.value;
    if (!node.meaning.empty())
        json["meaning"] = node.meaning;
    if (!node.link)
        return json;
    Json link{{"text", node.link->text}};
    if (node.link->kind == DissectionLink::Kind::Memory) {
        link["pid"] = node.link->pid;
        link["address"] = node.link->address;
    } else if (node.link->member != noMember) {
        link["member"] = archive.member(node.link->member).path;
        link["offset"] = node.link->offset;
        if (node.link->record)
            link["record"] = *node.link->record;
    }
    json["link"] = std::move(link);
    return json;
}

void printNode(const Archive &archive, const DissectionNode &node, unsigned depth)
{
    std::array<char, 64> place{};
    std::snprintf(place.data(), place.size(), "%10llu %8llu  ",
                  static_cast<unsigned long long>(node.range.offset),
                  static_cast<unsigned long long>(node.range.length));
    std::cout << place.data() << std::string(size_t{2} * depth, ' ') << printable(node.name);
    if (node.kind == NodeKind::UnknownField || node.kind == NodeKind::Unexplained)
        std::cout << " (" << dissectionKindName(node.kind) << ")";
    if (!node.value.empty())
        std::cout << " = " << printable(node.value);
    if (node.link)
        std::cout << " -> " << printable(linkText(archive, *node.link));
    if (!node.meaning.empty())
        std::cout << "  # " << printable(node.meaning);
    std::cout << "\n";
}

void printCoverage(const Coverage &coverage, bool json)
{
    if (json) {
        std::cout << jsonLine({{"explained", coverage.explained}, {"size", coverage.size}});
        return;
    }
    for (const DissectionNode &node : coverage.unknown)
        std::cout << "not explained: " << node.range.length << " bytes at " << node.range.offset << ", "
                  << printable(node.name) << ": " << printable(node.meaning) << "\n";
    if (coverage.unlisted > 0)
        std::cout << "not explained: " << coverage.unlisted << " more ranges\n";
    std::cout << coverage.explained << " of " << coverage.size << " bytes explained\n";
}

/// A number in decimal, or in hexadecimal behind 0x; nothing if it is none.
std::optional<uint64_t> parseNumber(const std::string &text)
{
    const bool isHex = text.starts_with("0x") || text.starts_with("0X");
    const char *begin = text.data() + (isHex ? 2 : 0);
    const char *end = text.data() + text.size();
    uint64_t number = 0;
    const auto [stop, error] = std::from_chars(begin, end, number, isHex ? 16 : 10);
    if (error != std::errc() || stop != end || begin == end)
        return std::nullopt;
    return number;
}

int explainOne(Context &context, const ExplainOptions &options, const Archive &archive,
               const Dissection &dissection)
{
    if (!options.at.empty()) {
        const auto offset = parseNumber(options.at);
        if (!offset)
            return context.fail({ErrorCode::Usage, "--at is no number", {}, std::nullopt});
        const auto path = dissection.pathAt(*offset);
        if (!path) {
            Error error = path.error();
            error.file = options.member;
            return context.fail(error);
        }
        for (size_t i = 0; i < path->size(); ++i) {
            if (options.json)
                std::cout << jsonLine(nodeJson(archive, (*path)[i], static_cast<unsigned>(i)));
            else
                printNode(archive, (*path)[i], static_cast<unsigned>(i));
        }
    } else {
        const auto done = dissection.walkAll([&](const DissectionNode &node, unsigned depth) {
            if (options.json)
                std::cout << jsonLine(nodeJson(archive, node, depth));
            else
                printNode(archive, node, depth);
            if (!std::cout || context.stop().stop_requested())
                return Dissection::Step::Stop;
            return node.kind == NodeKind::Pages && !options.pages ? Dissection::Step::Over
                                                                  : Dissection::Step::Into;
        });
        if (!done)
            return context.fail(done.error());
    }
    const auto coverage = dissection.coverage();
    if (!coverage)
        return context.fail(coverage.error());
    printCoverage(*coverage, options.json);
    return context.finish();
}

/// Sums of what is counted once: members that are stored in no other, and the tar around them.
struct Total {
    uint64_t size = 0;
    uint64_t explained = 0;
    uint64_t members = 0;
};

void printLine(const ExplainOptions &options, const std::string &path, const std::string &words,
               const Coverage &coverage)
{
    if (options.json) {
        Json json{
            {"member", path}, {"what", words}, {"explained", coverage.explained}, {"size", coverage.size}};
        for (const DissectionNode &node : coverage.unknown)
            json["unknown"].push_back({{"offset", node.range.offset},
                                       {"length", node.range.length},
                                       {"name", node.name},
                                       {"why", node.meaning}});
        std::cout << jsonLine(json);
        return;
    }
    std::array<char, 96> numbers{};
    std::snprintf(numbers.data(), numbers.size(), "%12llu of %12llu  ",
                  static_cast<unsigned long long>(coverage.explained),
                  static_cast<unsigned long long>(coverage.size));
    std::cout << numbers.data() << printable(path) << "  (" << printable(words) << ")\n";
    for (const DissectionNode &node : coverage.unknown)
        std::cout << "    not explained: " << node.range.length << " bytes at " << node.range.offset << ", "
                  << printable(node.name) << ": " << printable(node.meaning) << "\n";
    if (coverage.unlisted > 0)
        std::cout << "    not explained: " << coverage.unlisted << " more ranges\n";
}

int explainAll(Context &context, const ExplainOptions &options, const std::shared_ptr<const Memory> &memory)
{
    const Archive &archive = memory->checkpoint().archive();
    const MemberExplainer explainer(memory);
    const auto canonical = archive.canonicalMembers();
    Total total;
    uint64_t outermost = 0; // bytes of what the tar holds
    for (const Member &member : archive.members()) {
        if (context.stop().stop_requested())
            return context.fail({ErrorCode::Cancelled, "cancelled", options.path, std::nullopt});
        const auto dissection = explainer.explain(member.id);
        if (!dissection)
            return context.fail(dissection.error());
        const auto coverage = (*dissection)->coverage();
        if (!coverage)
            return context.fail(coverage.error());
        printLine(options, member.path, explainer.describe(member.id), *coverage);
        ++total.members;
        if (std::find(canonical.begin(), canonical.end(), member.id) != canonical.end()) {
            total.size += coverage->size;
            total.explained += coverage->explained;
        }
        if (member.parent == noMember)
            outermost += coverage->size;
    }
    if (archive.stream()) {
        const auto coverage = dissectTar(archive.stream())->coverage();
        if (!coverage)
            return context.fail(coverage.error());
        printLine(options, ".", "the archive itself, with all its members", *coverage);
        const uint64_t own = coverage->size - std::min(coverage->size, outermost);
        total.size += own;
        total.explained += own - std::min(own, coverage->size - coverage->explained);
    }
    if (options.json)
        std::cout << jsonLine(
            {{"explained", total.explained}, {"size", total.size}, {"members", total.members}});
    else
        std::cout << total.explained << " of " << total.size << " bytes explained, " << total.members
                  << " members; what is stored within another member is counted once\n";
    return context.finish();
}

int explain(Context &context, const ExplainOptions &options)
{
    const auto memory = context.open(options.path);
    if (!memory)
        return context.fail(memory.error());
    if (options.all || options.member.empty())
        return explainAll(context, options, *memory);
    const Archive &archive = (*memory)->checkpoint().archive();
    if (options.member == "." && archive.stream())
        return explainOne(context, options, archive, *dissectTar(archive.stream()));
    const Member *member = archive.find(options.member);
    if (member == nullptr)
        member = (*memory)->checkpoint().imageMember(options.member);
    if (member == nullptr)
        return context.fail(
            {ErrorCode::NotFound, "has no member \"" + options.member + "\"", options.path, std::nullopt});
    const MemberExplainer explainer(*memory);
    if (!member->content && !options.json)
        std::cout << printable(member->path) << ": " << printable(explainer.describe(member->id)) << "\n";
    const auto dissection = explainer.explain(member->id);
    if (!dissection)
        return context.fail(dissection.error());
    return explainOne(context, options, archive, **dissection);
}

} // namespace

void addExplainCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand(
        "explain", "What each byte of a member is for: offset, length, name, value, link (->), meaning (#)");
    auto options = std::make_shared<ExplainOptions>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    command->add_option("MEMBER", options->member,
                        "Path of a member, or the name of an image of the set; . is the archive itself");
    command->add_option("--at", options->at, "Only what holds the byte at this offset");
    command->add_flag("--all", options->all, "A line for each member (as without MEMBER)");
    command->add_flag("--pages", options->pages, "Each page of a pages file, not ranges only");
    command->add_flag("--json", options->json, "One JSON object a line");
    command->callback(
        [options, &action] { action = [options](Context &context) { return explain(context, *options); }; });
}

} // namespace cryoscope::cli
