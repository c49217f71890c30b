// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include "core/detect/encodings.h"
#include "core/detect/patternsearch.h"
#include "core/detect/valuesearch.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

struct SearchOptions {
    std::string path;
    std::string text;
    std::string hexText;
    std::string regex;
    bool json = false;
};

struct Hit {
    std::vector<Extent> parts;
    Encoding encoding = Encoding::Raw;
};

Result<std::vector<Hit>> findRegex(Context &context, const Memory &memory, const std::string &pattern)
{
    std::vector<Hit> hits;
    const auto done = findPattern(
        memory, pattern,
        [&](std::vector<PatternHit> &&batch) {
            for (PatternHit &hit : batch)
                hits.push_back({std::move(hit.parts), Encoding::Raw});
        },
        context.progress(), context.stop());
    if (!done)
        return done.error();
    return hits;
}

Result<std::vector<Hit>> findText(Context &context, const Memory &memory, const std::string &value,
                                  bool allEncodings)
{
    std::vector<Hit> hits;
    const SearchValue wanted{value, 0};
    const auto done = findValues(
        memory, {&wanted, 1},
        [&](std::vector<ValueHit> &&batch) {
            for (ValueHit &hit : batch) {
                if (allEncodings || hit.encoding == Encoding::Raw)
                    hits.push_back({std::move(hit.parts), hit.encoding});
            }
        },
        context.progress(), context.stop());
    if (!done)
        return done.error();
    return hits;
}

void print(const Memory &memory, std::vector<Hit> &hits, bool json)
{
    const Archive &archive = memory.checkpoint().archive();
    std::sort(hits.begin(), hits.end(), [](const Hit &a, const Hit &b) { return a.parts < b.parts; });
    for (const Hit &hit : hits) {
        const Extent inner = archive.innermost(hit.parts.front());
        uint64_t length = 0;
        for (const Extent &part : hit.parts)
            length += part.length;
        const auto places = memory.places(hit.parts.front());
        const std::string &member = archive.member(inner.member).path;
        if (json) {
            Json entry{{"member", member},
                       {"offset", inner.offset},
                       {"length", length},
                       {"encoding", encodingName(hit.encoding)}};
            entry["places"] = Json::array();
            for (const MemoryPlace &place : places)
                entry["places"].push_back({{"pid", place.pid},
                                           {"address", hex(place.address)},
                                           {"vma", place.vma != nullptr ? place.vma->label() : ""}});
            std::cout << entry.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
            continue;
        }
        std::cout << printable(member) << "+" << hex(inner.offset) << " " << length << " bytes "
                  << encodingName(hit.encoding);
        for (const MemoryPlace &place : places)
            std::cout << ", " << placeText(memory, place);
        std::cout << "\n";
    }
}

} // namespace

void addSearchCommand(CLI::App &app, Action &action)
{
    auto *command =
        app.add_subcommand("search", "Find text (in every encoding), bytes or a regular expression");
    auto options = std::make_shared<SearchOptions>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    auto *what = command->add_option_group("what");
    what->add_option("--text", options->text,
                     "Text, also as UTF-16, UTF-32, base64, hex, percent and JSON escapes");
    what->add_option("--hex", options->hexText, "Bytes, two digits each");
    what->add_option("--regex", options->regex, "Regular expression (RE2) over bytes");
    what->require_option(1);
    command->add_flag("--json", options->json, "Print JSON, a match a line");
    command->callback([options, &action] {
        action = [options](Context &context) {
            std::optional<std::string> bytes;
            if (!options->hexText.empty()) {
                std::string digits = options->hexText;
                std::erase(digits, ' ');
                bytes = decodeHex(digits);
                if (!bytes)
                    return context.fail(
                        {ErrorCode::Usage, "--hex takes pairs of hexadecimal digits", {}, {}});
            }
            const auto memory = context.open(options->path);
            if (!memory)
                return context.fail(memory.error());
            auto hits = !options->regex.empty() ? findRegex(context, **memory, options->regex)
                        : bytes                 ? findText(context, **memory, *bytes, false)
                                                : findText(context, **memory, options->text, true);
            if (!hits)
                return context.fail(hits.error());
            print(**memory, *hits, options->json);
            return context.finish();
        };
    });
}

} // namespace cryoscope::cli
