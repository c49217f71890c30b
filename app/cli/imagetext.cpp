// SPDX-License-Identifier: Apache-2.0
#include "app/cli/imagetext.h"

#include "app/cli/context.h"
#include "core/checkpoint/features.h"
#include "core/checkpoint/imagecensus.h"

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string> &words)
{
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::vector<ImageCount> countsOf(const Memory &memory)
{
    auto counts = countImages(memory.checkpoint());
    for (ImageCount &count : counts) {
        if (count.name != "PAGEMAP")
            continue;
        uint64_t entries = 0;
        for (const Task &task : memory.checkpoint().tasks()) {
            if (const PageMap *map = memory.pageMap(task.pid))
                entries += map->entries().size();
        }
        count.records = entries;
    }
    return counts;
}

} // namespace

Json featuresJson(const Checkpoint &checkpoint)
{
    const Features features = findFeatures(checkpoint);
    return {{"architecture", features.architecture},
            {"byteOrder", features.byteOrder == ByteOrder::Big ? "big" : "little"},
            {"parent", features.parent},
            {"preDump", features.preDump},
            {"compressedPages", features.compressed},
            {"encrypted", features.encrypted},
            {"obsoleteLayout", features.obsolete},
            {"plugins", features.plugins},
            {"namespaces", features.namespaces},
            {"lsm", features.lsm}};
}

Json imagesJson(const Memory &memory)
{
    Json images = Json::object();
    for (const ImageCount &count : countsOf(memory)) {
        Json entry{{"files", count.files}, {"bytes", count.bytes}};
        if (count.records)
            entry["records"] = *count.records;
        images[count.name] = std::move(entry);
    }
    return images;
}

std::vector<std::pair<std::string, std::string>> featureLines(const Checkpoint &checkpoint)
{
    const Features features = findFeatures(checkpoint);
    std::vector<std::pair<std::string, std::string>> lines;
    if (!features.architecture.empty())
        lines.emplace_back("Machine",
                           features.architecture +
                               (features.byteOrder == ByteOrder::Big ? ", big-endian" : ", little-endian"));
    std::vector<std::string> words;
    const auto add = [&words](bool has, const char *word) {
        if (has)
            words.emplace_back(word);
    };
    add(features.parent, "parent set");
    add(features.preDump, "pre-dump (memory only)");
    add(features.compressed, "compressed pages");
    add(features.encrypted, "encrypted");
    add(features.obsolete, "obsolete layout");
    if (!features.lsm.empty())
        words.push_back(features.lsm);
    lines.emplace_back("Features", words.empty() ? "none" : joined(words));
    lines.emplace_back("Namespaces",
                       features.namespaces.empty() ? "the host's" : joined(features.namespaces));
    lines.emplace_back("Plugins", joined(features.plugins));
    return lines;
}

std::vector<std::pair<std::string, std::string>> imageLines(const Memory &memory)
{
    std::vector<std::pair<std::string, std::string>> lines;
    for (const ImageCount &count : countsOf(memory)) {
        std::string text = count.name + std::string(16 - std::min<size_t>(count.name.size(), 15), ' ') +
                           std::to_string(count.files) + (count.files == 1 ? " file, " : " files, ");
        if (count.records)
            text += std::to_string(*count.records) + (*count.records == 1 ? " record, " : " records, ");
        lines.emplace_back(lines.empty() ? "Images" : "", text + sizeText(count.bytes));
    }
    return lines;
}

} // namespace cryoscope::cli
