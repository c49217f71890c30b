// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/redact/pseudonyms.h"
#include "core/review/case.h"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace cryoscope
{

/// A private file that turns pseudonyms back into names, and gives another checkpoint the same pseudonyms:
/// the key, and each name with its stand-in. Whoever has it knows the names; it never goes with an export.
class PseudonymMap
{
public:
    /// With a new random key.
    static PseudonymMap make();
    /// With a given key (32 bytes).
    explicit PseudonymMap(std::string key) : m_key(std::move(key)) {}
    /// Errors: those of reading; InputMalformed with the offset of the line.
    static Result<PseudonymMap> read(const std::string &path);
    /// The map whose pseudonyms an export of `review` uses: that of the file at `path`, if it is there, else
    /// one with the key that the case had in its last export, else a new one. Errors of read().
    static Result<PseudonymMap> forCase(const Case &review, const std::string &path);
    /// Replaces the file (mode 0600) at once or not at all. OutputUnwritable.
    [[nodiscard]] Result<void> write(const std::string &path) const;

    [[nodiscard]] const std::string &key() const { return m_key; }
    /// Adds names (path components, texts) with their pseudonyms.
    void add(const std::set<std::string, std::less<>> &names);
    [[nodiscard]] size_t size() const { return m_originals.size(); }

    /// `text` with each pseudonym that the map knows turned back: a maintainer's answer for whoever sent the
    /// report.
    [[nodiscard]] std::string translate(std::string_view text) const;

private:
    std::string m_key;
    std::map<std::string, std::string, std::less<>> m_originals; ///< by pseudonym
};

} // namespace cryoscope
