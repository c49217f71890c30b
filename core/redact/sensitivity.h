// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cryoscope
{

/// What a byte of a checkpoint may tell of somebody. Names as in the table and on the command line.
enum class DataClass {
    None, ///< tells nothing
    Memory,
    Paths,
    Registers,
    ProcessNames,
    Streams,
    GhostFiles,
    Tmpfs,
    Network,
    Environment,
    HostNames,
    SocketNames,
    Identity,
    Archive,
    Other
};
[[nodiscard]] std::span<const DataClass> sensitiveClasses(); ///< all but None
[[nodiscard]] std::string_view
dataClassName(DataClass dataClass); ///< "memory", "process-names" …; "-" for None
[[nodiscard]] std::optional<DataClass> dataClassNamed(std::string_view name);

/// What is done with a field in an export that is made to be read; see resources/sensitivity/fields.tsv.
enum class Treatment {
    Keep,
    Zero,
    Drop,
    Path,
    Text,
    SocketName,
    Device,
    Address,
    HardwareAddress,
    Id,
    Port,
    Options,
    Numbers,
    SignalInfo,
    ZeroDigits
};
[[nodiscard]] std::optional<Treatment> treatmentNamed(std::string_view name);

struct FieldRule {
    DataClass dataClass = DataClass::Other;
    Treatment treatment = Treatment::Drop;
};

/// The table of all fields. Immutable; thread-safe.
class Sensitivity
{
public:
    /// The table that is built into the program; InputMalformed with the line if `text` is no such table.
    static Result<std::shared_ptr<const Sensitivity>> parse(std::string_view text, const std::string &file);
    static Result<std::shared_ptr<const Sensitivity>> builtIn();

    /// The rule of "message.field"; null if it is not listed, which is to be taken for sensitive.
    [[nodiscard]] const FieldRule *find(const std::string &message, const std::string &field) const;
    [[nodiscard]] const std::unordered_map<std::string, FieldRule> &fields() const { return m_fields; }

private:
    Sensitivity() = default;
    std::unordered_map<std::string, FieldRule> m_fields; ///< by "message.field"
};

/// The table's text. Made at build time.
[[nodiscard]] std::string_view embeddedSensitivity();

} // namespace cryoscope
