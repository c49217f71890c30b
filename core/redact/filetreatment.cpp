// SPDX-License-Identifier: Apache-2.0
#include "core/redact/filetreatment.h"

#include "core/detect/sensitivefiles.h"

#include <algorithm>

namespace cryoscope
{

std::string_view fileTreatmentName(FileTreatment treatment)
{
    switch (treatment) {
    case FileTreatment::Content:
        return "content";
    case FileTreatment::Remove:
        return "remove";
    case FileTreatment::Keep:
        return "keep";
    }
    return "";
}

Result<FileTreatment> parseFileTreatment(std::string_view text)
{
    for (const auto treatment : {FileTreatment::Content, FileTreatment::Remove, FileTreatment::Keep}) {
        if (text == fileTreatmentName(treatment))
            return treatment;
    }
    return Error{ErrorCode::Usage,
                 "a file's treatment is content, remove or keep, not \"" + std::string(text) + "\"",
                 {},
                 std::nullopt};
}

Result<FileRule> FileRule::parse(std::string_view text)
{
    const size_t equals = text.rfind('=');
    if (equals == std::string_view::npos || equals == 0 || text.find('\n') != std::string_view::npos)
        return Error{ErrorCode::Usage, "files are given as GLOB=content, GLOB=remove or GLOB=keep", {}, {}};
    const auto treatment = parseFileTreatment(text.substr(equals + 1));
    if (!treatment)
        return treatment.error();
    return FileRule{std::string(text.substr(0, equals)), *treatment};
}

FileRule FileRule::forPath(std::string_view path, FileTreatment treatment)
{
    FileRule rule{{}, treatment};
    for (const char c : path) {
        if (c == '*' || c == '?' || c == '[' || c == '\\')
            rule.glob.push_back('\\');
        rule.glob.push_back(c == '\n' ? '?' : c); // the end of a line ends a rule
    }
    return rule;
}

Result<FileTreatments> FileTreatments::parse(std::string_view text)
{
    FileTreatments out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const size_t space = std::min(line.find(' '), line.size());
        const auto treatment = parseFileTreatment(line.substr(0, space));
        if (!treatment)
            return treatment.error();
        if (space == line.size())
            out.sensitive = *treatment;
        else
            out.rules.push_back({std::string(line.substr(space + 1)), *treatment});
    }
    return out;
}

std::string FileTreatments::describe() const
{
    std::string text;
    if (sensitive)
        text += std::string(fileTreatmentName(*sensitive)) + "\n";
    for (const FileRule &rule : rules)
        text += std::string(fileTreatmentName(rule.treatment)) + " " + rule.glob + "\n";
    return text;
}

const FileRule *FileTreatments::ruleFor(std::string_view path) const
{
    const auto found = std::find_if(rules.rbegin(), rules.rend(),
                                    [&](const FileRule &rule) { return globMeansFile(rule.glob, path); });
    return found == rules.rend() ? nullptr : &*found;
}

std::optional<FileTreatment> FileTreatments::of(std::string_view path) const
{
    if (const FileRule *rule = ruleFor(path))
        return rule->treatment;
    return sensitive && sensitiveFile(path) ? sensitive : std::nullopt;
}

} // namespace cryoscope
