// SPDX-License-Identifier: Apache-2.0
#include "core/detect/yaradetector.h"

#ifdef CRYOSCOPE_YARA

#include <atomic>
#include <cstdio>
#include <cstring>
#include <yara.h>

namespace cryoscope
{

namespace
{

constexpr int timeoutSeconds = 60; // a window

/// libyara counts these calls itself.
struct Library {
    Library() : ready(yr_initialize() == ERROR_SUCCESS) {}
    ~Library()
    {
        if (ready)
            yr_finalize();
    }
    Library(const Library &) = delete;
    Library &operator=(const Library &) = delete;
    bool ready;
};

struct YaraScratch : WindowDetector::Scratch {
    ~YaraScratch() override
    {
        if (scanner != nullptr)
            yr_scanner_destroy(scanner);
    }
    YR_SCANNER *scanner = nullptr;
};

struct Search {
    const RunWindow &window;
    std::vector<Detection> &out;
};

void onCompileMessage(int level, const char *file, int line, const YR_RULE *, const char *message, void *data)
{
    if (level == YARA_ERROR_LEVEL_ERROR)
        *static_cast<std::string *>(data) = "line " + std::to_string(line) + ": " + message;
    (void)file;
}

int onMatch(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    if (message != CALLBACK_MSG_RULE_MATCHING)
        return CALLBACK_CONTINUE;
    const auto &search = *static_cast<const Search *>(user);
    auto *rule = static_cast<YR_RULE *>(data);
    Confidence confidence = Confidence::Medium;
    std::string kind = rule->identifier;
    YR_META *meta = nullptr;
    yr_rule_metas_foreach(rule, meta)
    {
        if (meta->type != META_TYPE_STRING)
            continue;
        const std::string_view name(meta->identifier);
        const std::string_view value(meta->string);
        if (name == "confidence")
            confidence = value == "high"  ? Confidence::High
                         : value == "low" ? Confidence::Low
                                          : Confidence::Medium;
        else if (name == "description" || name == "kind")
            kind = value;
    }
    YR_STRING *string = nullptr;
    yr_rule_strings_foreach(rule, string)
    {
        if (STRING_IS_PRIVATE(string))
            continue;
        YR_MATCH *match = nullptr;
        yr_string_matches_foreach(context, string, match)
        {
            const auto begin = static_cast<size_t>(match->base + match->offset);
            const auto length = static_cast<size_t>(match->match_length);
            if (length > 0 && begin >= search.window.ownBegin && begin < search.window.ownEnd)
                search.out.push_back(
                    {rule->identifier,
                     kind,
                     begin,
                     begin + length,
                     confidence,
                     Encoding::Raw,
                     std::string("string ") + string->identifier + " of a YARA rule of yours",
                     {}});
        }
    }
    return CALLBACK_CONTINUE;
}

} // namespace

struct YaraDetector::Private {
    Library library;
    YR_RULES *rules = nullptr;
    std::atomic<uint64_t> failed{0};

    Private() = default;
    ~Private()
    {
        if (rules != nullptr)
            yr_rules_destroy(rules);
    }
    Private(const Private &) = delete;
    Private &operator=(const Private &) = delete;
};

bool YaraDetector::available()
{
    return true;
}

Result<std::unique_ptr<YaraDetector>> YaraDetector::make(const std::vector<std::string> &files)
{
    std::unique_ptr<YaraDetector> detector(new YaraDetector);
    detector->d = std::make_unique<Private>();
    YR_COMPILER *compiler = nullptr;
    if (!detector->d->library.ready || yr_compiler_create(&compiler) != ERROR_SUCCESS)
        return Error{ErrorCode::Internal, "libyara cannot be set up", {}, std::nullopt};
    const std::unique_ptr<YR_COMPILER, void (*)(YR_COMPILER *)> owner(compiler, yr_compiler_destroy);
    std::string message;
    yr_compiler_set_callback(compiler, onCompileMessage, &message);
    for (const std::string &path : files) {
        std::FILE *file = std::fopen(path.c_str(), "re");
        if (file == nullptr)
            return Error{ErrorCode::InputUnreadable, std::strerror(errno), path, std::nullopt};
        const int errors = yr_compiler_add_file(compiler, file, nullptr, path.c_str());
        std::fclose(file);
        if (errors != 0)
            return Error{ErrorCode::InputMalformed, message.empty() ? "no YARA rules" : message, path,
                         std::nullopt};
    }
    if (yr_compiler_get_rules(compiler, &detector->d->rules) != ERROR_SUCCESS)
        return Error{ErrorCode::Internal, "libyara has no memory for the rules", {}, std::nullopt};
    return detector;
}

YaraDetector::~YaraDetector() = default;

Result<std::unique_ptr<WindowDetector::Scratch>> YaraDetector::makeScratch() const
{
    auto scratch = std::make_unique<YaraScratch>();
    if (yr_scanner_create(d->rules, &scratch->scanner) != ERROR_SUCCESS)
        return Error{ErrorCode::Internal, "libyara cannot get memory", {}, std::nullopt};
    yr_scanner_set_timeout(scratch->scanner, timeoutSeconds);
    return std::unique_ptr<Scratch>(std::move(scratch));
}

void YaraDetector::search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out)
{
    Search search{window, out};
    auto *scanner = static_cast<YaraScratch &>(scratch).scanner;
    yr_scanner_set_callback(scanner, onMatch, &search);
    const auto *bytes = reinterpret_cast<const uint8_t *>(window.bytes.data());
    if (yr_scanner_scan_mem(scanner, bytes, window.bytes.size()) != ERROR_SUCCESS)
        ++d->failed;
}

std::vector<Problem> YaraDetector::problems() const
{
    if (d->failed == 0)
        return {};
    return {{Severity::Warning,
             {ErrorCode::Unsupported,
              "libyara gave up on " + std::to_string(d->failed) + " windows (time or too many matches)",
              {},
              std::nullopt}}};
}

} // namespace cryoscope

#else

namespace cryoscope
{

struct YaraDetector::Private {
};

bool YaraDetector::available()
{
    return false;
}

Result<std::unique_ptr<YaraDetector>> YaraDetector::make(const std::vector<std::string> &files)
{
    return Error{ErrorCode::Unsupported, "YARA rules cannot be used: built without libyara",
                 files.empty() ? std::string() : files.front(), std::nullopt};
}

YaraDetector::~YaraDetector() = default;

Result<std::unique_ptr<WindowDetector::Scratch>> YaraDetector::makeScratch() const
{
    return std::make_unique<Scratch>();
}

void YaraDetector::search(const RunWindow &, Scratch &, std::vector<Detection> &) {}

std::vector<Problem> YaraDetector::problems() const
{
    return {};
}

} // namespace cryoscope

#endif
