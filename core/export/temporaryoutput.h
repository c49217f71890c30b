// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace cryoscope
{

/// The place where an export grows: a private directory (0700) or file (0600) named ".NAME.cryoscope-XXXXXX"
/// beside its final place. Locked while this object lives, so that what a killed export left can be told from
/// what a running one writes. Removed at the end of its life unless publish() succeeded.
class TemporaryOutput
{
public:
    enum class Kind { Directory, File };

    /// Removes leftovers of killed exports to `output`, then makes the temporary place. Errors: OutputExists
    /// if `output` is there (of any kind, also a dangling symlink), OutputUnwritable.
    static Result<std::unique_ptr<TemporaryOutput>> make(const std::string &output, Kind kind);
    ~TemporaryOutput();
    TemporaryOutput(const TemporaryOutput &) = delete;
    TemporaryOutput &operator=(const TemporaryOutput &) = delete;

    /// Where to write.
    [[nodiscard]] const std::string &path() const { return m_path; }
    /// The open file or directory; owned by this object.
    [[nodiscard]] int descriptor() const { return m_descriptor; }

    /// Waits until all that was written here is on the disk: each file and directory. OutputUnwritable,
    /// naming what is not. Thread-safe.
    [[nodiscard]] Result<void> sync() const;
    /// Gives it its final name (never in place of anything) and syncs that name. What must survive a power
    /// cut is synced before. Errors: OutputExists, OutputUnwritable; it is then still temporary.
    Result<void> publish();

private:
    TemporaryOutput(std::string output, std::string path, int descriptor)
        : m_output(std::move(output)), m_path(std::move(path)), m_descriptor(descriptor)
    {
    }

    std::string m_output;
    std::string m_path; ///< empty once published
    int m_descriptor;
};

} // namespace cryoscope
