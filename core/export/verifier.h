// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/export/proof.h"
#include "core/memory/memory.h"
#include "core/redact/plan.h"

#include <map>
#include <stop_token>
#include <string>

namespace cryoscope
{

/// What an export is held against.
struct VerifyInput {
    const Memory *evidence = nullptr;
    /// The planned patches; null: each difference of the same length is taken as planned (verify without a
    /// case).
    const RedactionPlan *plan = nullptr;
    /// Values that must be gone, decoded. Without a case: what stood at the changed bytes in the evidence.
    std::vector<std::string> values;
    /// Evidence hash taken before the export, to prove that it is the same now; empty: only computed.
    std::string evidenceHashBefore;
};

/// Opens `exportPath` anew, sharing nothing with the exporter but the code, and proves: same structure
/// (members, order, metadata, sizes where nothing was rewritten), bytes differ where planned and nowhere
/// else, no value is left in any member, address space, slack or padding in any encoding, every image that
/// decoded still decodes, evidence unchanged. A failed proof is no Error: it is a Proof whose item says what
/// and where.
Result<Proof> verifyExport(const std::string &exportPath, const VerifyInput &input,
                           Progress *progress = nullptr, std::stop_token stop = {});

/// SHA-256 over the evidence: of the archive file, or over "path NUL hash" lines of a directory's files,
/// sorted. `known`: SHA-256 (hexadecimal) of members of a directory that the caller has just read whole; they
/// are not read again.
Result<std::string> evidenceHash(const Archive &archive, Progress *progress = nullptr,
                                 std::stop_token stop = {},
                                 const std::map<MemberId, std::string> &known = {});

} // namespace cryoscope
