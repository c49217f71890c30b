// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/toml.h"
#include "core/detect/userrules.h"

#include <set>

namespace cryoscope
{

/// Reads gitleaks' TOML form into UserRules: files, what they extend, rules that replace others.
class UserRulesReader
{
public:
    explicit UserRulesReader(UserRules &rules) : m_out(rules) {}

    Result<void> readFile(const std::string &file, unsigned depth = 0);
    Result<void> readText(std::string_view text, const std::string &file, unsigned depth = 0);
    /// Switched-off rules go; the version is made.
    void finish();

private:
    Result<void> readExtend(const toml::table &table, const std::string &file, unsigned depth);
    Result<void> readRule(const toml::table &table, const std::string &file);
    Result<void> readAllowlists(const toml::table &table, const std::string &file, const std::string &rule,
                                std::vector<UserAllowlist> &out);
    Result<UserAllowlist> readAllowlist(const toml::table &table, const std::string &file,
                                        const std::string &rule);
    static Result<std::shared_ptr<const re2::RE2>> regex(const std::string &pattern, const std::string &file,
                                                         const std::string &rule);

    UserRules &m_out;
    std::set<std::string> m_disabled;
    std::string m_texts;
};

} // namespace cryoscope
