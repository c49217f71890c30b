// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/finding.h"

#include <functional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace cryoscope
{

/// What a user does not want reported, or knows already. Filled from one thread, then const and thread-safe.
/// Holds values of files in memory only.
class Suppressions
{
public:
    /// "rule=ID", "member=GLOB" (path of a member), "mapping=GLOB" (path of a mapped file), "vma=GLOB" (its
    /// label: "[heap]"), "fingerprint=HEX" (see setFingerprint). In globs '*' also crosses '/'. Error:
    /// InputMalformed.
    Result<void> add(const std::string &what);
    /// A file with one value a line; findings of these values are left out.
    Result<void> addValueFile(const std::string &path);
    /// A JSON report of gitleaks: findings of the secrets in it are left out. Errors: InputUnreadable,
    /// InputMalformed.
    Result<void> addBaseline(const std::string &path);
    /// A file in .gitleaksignore's form: FILE:RULE:LINE, or with a commit before it. The file is a member's
    /// path (or the end of one), the line is counted in it.
    Result<void> addIgnoreFile(const std::string &path);
    /// How values are fingerprinted, for "fingerprint=": the case's keyed hash, hex.
    void setFingerprint(std::function<std::string(std::string_view)> function);

    [[nodiscard]] bool empty() const;
    /// Why a finding is left out ("by rule", "in the baseline" …); empty if it is not. `value`: its decoded
    /// bytes.
    [[nodiscard]] std::string reason(const Memory &memory, const Finding &finding,
                                     std::string_view value) const;

private:
    struct Ignored {
        std::string file;
        std::string rule;
        uint64_t line = 0;
    };
    [[nodiscard]] bool isIgnored(const Archive &archive, const Finding &finding) const;

    std::set<std::string> m_rules;
    std::vector<std::string> m_members;
    std::vector<std::string> m_mappings;
    std::vector<std::string> m_vmas;
    std::set<std::string> m_fingerprints;
    std::unordered_set<std::string> m_values;
    std::unordered_set<std::string> m_baseline;
    std::vector<Ignored> m_ignored;
    std::function<std::string(std::string_view)> m_fingerprint;
};

} // namespace cryoscope
