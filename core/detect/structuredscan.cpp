// SPDX-License-Identifier: Apache-2.0
#include "core/detect/structuredscan.h"

#include "core/archive/digests.h"
#include "core/detect/decodedtext.h"
#include "core/detect/jsonstrings.h"
#include "core/detect/valuefilter.h"
#include "core/memory/taskstrings.h"

namespace cryoscope
{

namespace
{

constexpr uint64_t maxJson = uint64_t{16} << 20; // bytes of a member that is taken for JSON
constexpr size_t maxString = size_t{1} << 20;    // of a string in it that is decoded

/// Whether a value that a name calls secret can be one.
bool isSecretValue(std::string_view value)
{
    return value.size() >= 3 && !isPlaceholder(value) && value.find("://") == std::string_view::npos &&
           !value.starts_with("-----BEGIN") && !value.starts_with('/') && value != "true" &&
           value != "false" && value != "yes" && value != "none" && value != "null";
}

bool mayBeJson(const Member &member)
{
    if (!member.content || member.storage == Storage::Linked || member.content->size() < 8 ||
        member.content->size() > maxJson)
        return false;
    const std::string_view path = member.path;
    const auto name = path.substr(path.find_last_of("/!") + 1);
    // Blobs of images are called by their digest alone; whoever reads them looks whether they are JSON.
    return name.ends_with(".dump") || name.ends_with(".json") || name.ends_with(".status") ||
           name.ends_with(".options") || name == "config" || isDigest(name);
}

} // namespace

Result<std::vector<Finding>> StructuredScan::run(std::vector<Problem> &unread, const std::stop_token &stop)
{
    auto scratch = m_matcher->makeScratch();
    if (!scratch)
        return scratch.error();
    m_scratch = std::move(*scratch);
    taskStrings();
    for (const Member &member : m_memory.checkpoint().archive().members()) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", m_memory.checkpoint().archive().path(),
                         std::nullopt};
        if (!mayBeJson(member))
            continue;
        if (auto done = jsonMember(member); !done)
            unread.push_back({Severity::Warning, done.error()});
    }
    return std::move(m_found);
}

void StructuredScan::taskStrings()
{
    for (const Task &task : m_memory.checkpoint().tasks()) {
        for (const TaskString &entry : taskEnvironment(m_memory, task.pid))
            variable(task, entry.address, entry.text, "environment-secret", "Environment secret",
                     "environment");
        std::string option; // whose value is the next argument
        for (const TaskString &argument : taskArguments(m_memory, task.pid)) {
            if (!option.empty() && !argument.text.starts_with('-'))
                addTaskValue(task, argument.address, argument.text, option, "argument-secret",
                             "Argument secret", "arguments");
            option.clear();
            if (argument.text.find('=') != std::string::npos)
                variable(task, argument.address, argument.text, "argument-secret", "Argument secret",
                         "arguments");
            else if (argument.text.starts_with("--") && isSecretName(argument.text))
                option = argument.text;
        }
    }
}

void StructuredScan::variable(const Task &task, uint64_t address, std::string_view entry, const char *rule,
                              const char *kind, const char *where)
{
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos && isSecretName(entry.substr(0, equals)))
        addTaskValue(task, address + equals + 1, entry.substr(equals + 1), entry.substr(0, equals), rule,
                     kind, where);
}

void StructuredScan::addTaskValue(const Task &task, uint64_t address, std::string_view value,
                                  std::string_view name, const char *rule, const char *kind,
                                  const char *where)
{
    if (!isSecretValue(value))
        return;
    const auto space = m_memory.addressSpace(task.pid);
    if (!space)
        return;
    auto parts = space->extents(address, value.size());
    if (!parts)
        return;
    Finding finding;
    finding.rule = rule;
    finding.kind = kind;
    finding.confidence = Confidence::High;
    finding.parts = std::move(*parts);
    finding.why = std::string("the process's ") + where + ": a name that says it is secret";
    finding.label = std::string(name);
    finding.pid = task.pid;
    finding.address = address;
    m_found.push_back(std::move(finding));
}

void StructuredScan::addJson(const Member &member, size_t begin, size_t end, bool escaped,
                             std::string_view name, const char *rule, const char *kind,
                             const std::string &why)
{
    Finding finding;
    finding.rule = rule;
    finding.kind = kind;
    finding.confidence = Confidence::High;
    finding.encoding = escaped ? Encoding::JsonEscape : Encoding::Raw;
    finding.parts = {m_memory.checkpoint().archive().canonical({member.id, begin, end - begin})};
    finding.why = why;
    finding.label = std::string(name);
    m_found.push_back(std::move(finding));
}

Result<void> StructuredScan::jsonMember(const Member &member)
{
    constexpr uint64_t headBytes = 64;
    const auto head = member.content->readAll(0, std::min(headBytes, member.content->size()));
    if (head && asText(*head).find_first_of("{[") == std::string_view::npos &&
        asText(*head).find_first_not_of(" \t\r\n") != std::string_view::npos)
        return {}; // not worth reading whole
    const auto bytes = member.content->readWhole(maxJson);
    if (!bytes)
        return bytes.error();
    const auto text = asText(*bytes);
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || (text[first] != '{' && text[first] != '['))
        return {};
    eachJsonString(text, [&](const JsonString &string) {
        const auto raw = text.substr(string.begin, string.end - string.begin);
        if (raw.size() > maxString)
            return;
        const auto decoded = DecodedText::json(raw);
        const std::string &value = decoded.text();
        // "env": ["NAME=value"], "args": ["--password=value"], "args": ["--password", "value"]
        const size_t equals = value.find('=');
        if (string.inArray && equals != std::string::npos &&
            isSecretName(std::string_view(value).substr(0, equals))) {
            const bool option = value.starts_with('-');
            if (isSecretValue(std::string_view(value).substr(equals + 1))) {
                const size_t begin = string.begin + decoded.source(equals + 1, equals + 1).first;
                addJson(member, begin, string.end,
                        text.substr(begin, string.end - begin).find('\\') != std::string_view::npos,
                        std::string_view(value).substr(0, equals),
                        option ? "argument-secret" : "environment-secret",
                        option ? "Argument secret" : "Environment secret",
                        "a name that says it is secret, in JSON (" + std::string(string.key) + ")");
            }
        } else if (string.inArray && string.previous.starts_with("--") && isSecretName(string.previous) &&
                   string.previous.find('=') == std::string_view::npos && !value.starts_with('-') &&
                   isSecretValue(value)) {
            addJson(member, string.begin, string.end, string.escaped, string.previous, "argument-secret",
                    "Argument secret", "argument after a name that says it is secret, in JSON");
        }
        if (!string.escaped)
            return; // found as it stands
        // With its escapes undone it may read as something.
        for (const auto &match : m_matcher->search(value, {0, value.size(), false, {}}, m_scratch)) {
            const auto [begin, end] = decoded.source(match.text.begin, match.text.end);
            Finding finding;
            finding.rule = std::string(match.rule);
            finding.kind = match.kind;
            finding.confidence = match.text.confidence;
            const bool escaped = raw.substr(begin, end - begin).find('\\') != std::string_view::npos;
            finding.encoding = escaped ? Encoding::JsonEscape : match.text.encoding;
            finding.parts = {
                m_memory.checkpoint().archive().canonical({member.id, string.begin + begin, end - begin})};
            finding.why = match.text.why + ", in a JSON string (" + std::string(string.key) + ")";
            finding.label = match.text.label;
            m_found.push_back(std::move(finding));
        }
    });
    return {};
}

} // namespace cryoscope
