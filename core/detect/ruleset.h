// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/finding.h"

#include <array>
#include <bitset>
#include <memory>
#include <string>
#include <vector>

namespace cryoscope
{

/// One rule: anchor literals, and what must hold around an anchor. Simple kinds are data
/// (resources/rules/*.toml); a kind that needs code names its confirm function in `confirm`.
struct Rule {
    std::string id;
    std::string kind;
    Confidence confidence = Confidence::High;
    std::vector<std::string> anchors; ///< literals of three bytes or more, one of which stands in every match
    bool anyCase = false;             ///< anchors match in any case
    std::string confirm = "token";    ///< name of the confirm function; "token" walks `body`
    std::bitset<256> body;            ///< token: characters that follow the anchor
    size_t minBody = 0;               ///< token: bytes after the anchor
    size_t maxBody = 0;               ///< token: a longer run of body characters is no match
    double minEntropy = 0;            ///< bits per character of the body; 0: not checked
    std::string check;                ///< named checksum over the token ("github-crc32"), or empty
    bool wide = true;                 ///< also searched in UTF-16LE/BE
    std::vector<std::string> allow;   ///< known example values, lower-case SHA-256 of the value
};

/// An immutable set of rules. Thread-safe.
class RuleSet
{
public:
    /// The rules that come with the program (embedded at build time).
    static Result<std::shared_ptr<const RuleSet>> builtIn();
    /// Parses TOML text in the form of resources/rules/*.toml; `file` is for errors (with line).
    static Result<std::vector<Rule>> parse(std::string_view toml, const std::string &file);
    /// The built-in rules and those of `files` (paths of TOML files).
    static Result<std::shared_ptr<const RuleSet>> withFiles(const std::vector<std::string> &files);

    [[nodiscard]] const std::vector<Rule> &rules() const { return m_rules; }
    /// Changes when any rule changes; goes into reports (hex SHA-256 over the rules' text).
    [[nodiscard]] const std::string &version() const { return m_version; }

private:
    RuleSet() = default;
    std::vector<Rule> m_rules;
    std::string m_version;
};

} // namespace cryoscope
