// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/textscan.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2
{
class RE2;
} // namespace re2

namespace cryoscope
{

/// What a user's rules leave alone: all that a list says must hold (`all`), or one of it.
struct UserAllowlist {
    enum class Target { Secret, Match, Line };
    bool all = false;
    Target target = Target::Secret;
    std::vector<std::shared_ptr<const re2::RE2>> regexes; ///< over the target
    std::vector<std::shared_ptr<const re2::RE2>> paths;
    std::vector<std::string> stopWords; ///< lower-case; within the secret
    std::vector<std::string> rules;     ///< ids that it is for; empty: all
    bool commits = false;               ///< names commits, of which a checkpoint has none
};

/// A rule in gitleaks' form.
struct UserRule {
    std::string id;
    std::string description;
    std::string pattern; ///< as written; empty: about paths alone
    std::string pathPattern;
    std::shared_ptr<const re2::RE2> regex;
    std::shared_ptr<const re2::RE2> path;
    double minEntropy = 0;             ///< bits per character of the secret; 0: not checked
    size_t secretGroup = 0;            ///< 0: the first group that is not empty, or the whole match
    std::vector<std::string> keywords; ///< lower-case; one must stand near a match
    std::vector<UserAllowlist> allowlists;
    bool literal = true;  ///< a literal of three characters or more stands in every match
    bool compiled = true; ///< Vectorscan takes it
};

/// A user's rules in gitleaks' TOML form, made ready: Vectorscan tells where matches end, RE2 their exact
/// range and groups. Immutable; thread-safe; each thread needs a Scratch of its own.
///
/// What differs from gitleaks, because memory is no text file: bytes that are no text end a line; "^" and "$"
/// hold at the begin and end of each line; a keyword must stand within 1 KB of the match; commits do not
/// exist.
class UserRules
{
public:
    class Scratch
    {
        friend class UserRules;
        TextScanScratch m_scan;
        std::string m_text;
        std::vector<std::vector<size_t>> m_ends; ///< of each rule
    };
    struct Match {
        const UserRule *rule = nullptr;
        size_t begin = 0; ///< of the secret, in the bytes
        size_t end = 0;
    };

    /// Reads `files` (with what they extend). Errors: InputUnreadable, InputMalformed (file and line, or
    /// rule).
    static Result<std::shared_ptr<const UserRules>> read(const std::vector<std::string> &files);
    /// The same for one text; `file` is for errors, and what it extends is looked for beside it.
    static Result<std::shared_ptr<const UserRules>> parse(std::string_view toml, const std::string &file);
    /// Whether the text is in gitleaks' form, rather than in that of resources/rules.
    static bool isGitleaksForm(std::string_view toml);
    ~UserRules();
    UserRules(const UserRules &) = delete;
    UserRules &operator=(const UserRules &) = delete;

    [[nodiscard]] const std::vector<UserRule> &rules() const { return m_rules; }
    /// Which rules are slow and why, what a file asks for that means nothing here.
    [[nodiscard]] const std::vector<std::string> &notes() const { return m_notes; }
    /// Whether the files ask for the default rules too ([extend] useDefault); the built-in ones take their
    /// place.
    [[nodiscard]] bool extendsDefault() const { return m_extendsDefault; }
    /// Ids of default rules that are switched off.
    [[nodiscard]] const std::vector<std::string> &disabled() const { return m_disabled; }
    /// Hex SHA-256 over all texts read.
    [[nodiscard]] const std::string &version() const { return m_version; }

    [[nodiscard]] Result<Scratch> makeScratch() const;

    /// Adds the secrets of all matches whose match begins in bytes[from, to). `path`: of the member or mapped
    /// file; may be empty.
    void search(std::string_view bytes, size_t from, size_t to, std::string_view path, Scratch &scratch,
                std::vector<Match> &out) const;
    /// The rule about paths alone that a path fits; null if none.
    [[nodiscard]] const UserRule *forPath(std::string_view path) const;

    /// Bytes a second at which a rule alone is searched in text of no matches; for telling what it costs.
    [[nodiscard]] static double measure(const UserRule &rule);

private:
    friend class UserRulesReader;
    UserRules() = default;
    Result<void> compile();
    void searchRule(const UserRule &rule, std::string_view text, size_t base, size_t from, size_t to,
                    const std::vector<size_t> *ends, std::string_view path, std::vector<Match> &out) const;
    [[nodiscard]] bool allowed(const UserRule &rule, std::string_view secret, std::string_view match,
                               std::string_view line, std::string_view path) const;

    std::vector<UserRule> m_rules;
    std::vector<UserAllowlist> m_allowlists; ///< for all rules
    std::vector<std::string> m_notes;
    std::vector<std::string> m_disabled;
    std::string m_version;
    bool m_extendsDefault = false;
    void *m_database = nullptr;
};

} // namespace cryoscope
