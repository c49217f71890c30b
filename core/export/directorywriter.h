// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/member.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/bytes/overlaysource.h"

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace cryoscope
{

/// The descriptor of the file behind a source, or -1, valid until it is asked again; lets unchanged bytes be
/// cloned instead of copied.
using DescriptorOf = std::function<int(const ByteSource &)>;

/// Writes members with their patches as files below an empty directory. Files are made 0600 and directories
/// 0700, whatever the evidence had (its reader need not be the export's), times are kept, symlinks stay
/// symlinks (those to parent sets from outside lead to where these are in the export), holes stay holes.
/// Nothing is synced: see TemporaryOutput::sync().
/// Members that are no files, directories or symlinks, paths that would leave the directory ("..", absolute),
/// and patches outside of their file are an Error (Unsupported, InputMalformed) naming the member. Others:
/// OutputUnwritable, errors of reading, Cancelled. What was written until then stays for the caller to
/// remove.
Result<void> writeDirectory(std::span<const Member> members,
                            const std::map<MemberId, std::vector<Patch>> &patches,
                            const std::string &directory, const DescriptorOf &descriptorOf = {},
                            Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
