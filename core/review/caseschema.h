// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "core/review/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cryoscope
{

/// What a case is known by: SQLite's application_id ("Cryc") and user_version. Version 2 names who decided
/// and when, and chains the history. Version 3 keeps decisions beside the findings, and of a step what it
/// changes and no more, so that a decision on a million findings writes a few bytes of each.
inline constexpr int64_t caseApplicationId = 0x43727963;
inline constexpr int64_t caseSchemaVersion = 3;

/// Makes all tables in an empty database, within the caller's transaction, and marks it as a case.
Result<void> makeCaseTables(const sqlite::Database &database);
/// Makes the indexes and triggers of the tables: after many rows were written, which is faster then.
Result<void> makeCaseIndexes(const sqlite::Database &database);

/// Brings a case of an older version to the current one, all or nothing. The chain of version 1's history
/// begins then.
Result<void> upgradeCaseTables(const sqlite::Database &database, int64_t version);

/// That a case has the tables of a case and nothing else: a trigger or view of someone else's would change
/// what is decided, behind the reviewer's back. InputMalformed otherwise.
Result<void> checkCaseTables(const sqlite::Database &database, const std::string &path);

/// The link of an entry of the history: SHA-256 over the link before it (empty for the first) and all that
/// the entry says; lower-case hex. Who changes an entry, or takes one out, must change all links after it,
/// and the last one stands in reports and manifests.
[[nodiscard]] std::string historyLink(std::string_view before, const HistoryEntry &entry);

} // namespace cryoscope
