// SPDX-License-Identifier: Apache-2.0
#include "core/redact/sensitivity.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cryoscope
{

namespace
{

constexpr std::array classes{DataClass::Memory,       DataClass::Paths,       DataClass::Registers,
                             DataClass::ProcessNames, DataClass::Streams,     DataClass::GhostFiles,
                             DataClass::Tmpfs,        DataClass::Network,     DataClass::Environment,
                             DataClass::HostNames,    DataClass::SocketNames, DataClass::Identity,
                             DataClass::Archive,      DataClass::Other};

constexpr std::array<std::pair<std::string_view, DataClass>, 15> classNames{
    {{"-", DataClass::None},
     {"memory", DataClass::Memory},
     {"paths", DataClass::Paths},
     {"registers", DataClass::Registers},
     {"process-names", DataClass::ProcessNames},
     {"streams", DataClass::Streams},
     {"ghost-files", DataClass::GhostFiles},
     {"tmpfs", DataClass::Tmpfs},
     {"network", DataClass::Network},
     {"environment", DataClass::Environment},
     {"host-names", DataClass::HostNames},
     {"socket-names", DataClass::SocketNames},
     {"identity", DataClass::Identity},
     {"archive", DataClass::Archive},
     {"other", DataClass::Other}}};

constexpr std::array<std::pair<std::string_view, Treatment>, 15> treatmentNames{
    {{"keep", Treatment::Keep},
     {"zero", Treatment::Zero},
     {"drop", Treatment::Drop},
     {"path", Treatment::Path},
     {"text", Treatment::Text},
     {"socket-name", Treatment::SocketName},
     {"device", Treatment::Device},
     {"address", Treatment::Address},
     {"mac", Treatment::HardwareAddress},
     {"id", Treatment::Id},
     {"port", Treatment::Port},
     {"options", Treatment::Options},
     {"numbers", Treatment::Numbers},
     {"signal-info", Treatment::SignalInfo},
     {"zero-digits", Treatment::ZeroDigits}}};

template <class Names> auto named(const Names &names, std::string_view name)
{
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto &entry) { return entry.first == name; });
    using Value = decltype(found->second);
    return found == names.end() ? std::optional<std::remove_cv_t<Value>>() : std::optional(found->second);
}

} // namespace

std::span<const DataClass> sensitiveClasses()
{
    return classes;
}

std::string_view dataClassName(DataClass dataClass)
{
    return std::find_if(classNames.begin(), classNames.end(),
                        [&](const auto &entry) { return entry.second == dataClass; })
        ->first;
}

std::optional<DataClass> dataClassNamed(std::string_view name)
{
    return named(classNames, name);
}

std::optional<Treatment> treatmentNamed(std::string_view name)
{
    return named(treatmentNames, name);
}

Result<std::shared_ptr<const Sensitivity>> Sensitivity::parse(std::string_view text, const std::string &file)
{
    std::shared_ptr<Sensitivity> table(new Sensitivity);
    uint64_t offset = 0;
    while (offset < text.size()) {
        const size_t end = std::min(text.find('\n', offset), text.size());
        const auto line = text.substr(offset, end - offset);
        const uint64_t at = offset;
        offset = end + 1;
        if (line.empty() || line.front() == '#')
            continue;
        const size_t first = line.find('\t');
        const size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
        if (second == std::string_view::npos)
            return Error{ErrorCode::InputMalformed, "a line without three columns", file, at};
        const auto dataClass = dataClassNamed(line.substr(first + 1, second - first - 1));
        const auto treatment = treatmentNamed(line.substr(second + 1));
        if (!dataClass || !treatment)
            return Error{ErrorCode::InputMalformed, "an unknown class or treatment", file, at};
        if (!table->m_fields.emplace(line.substr(0, first), FieldRule{*dataClass, *treatment}).second)
            return Error{ErrorCode::InputMalformed, "a field that is listed twice", file, at};
    }
    return std::shared_ptr<const Sensitivity>(std::move(table));
}

Result<std::shared_ptr<const Sensitivity>> Sensitivity::builtIn()
{
    return parse(embeddedSensitivity(), "fields.tsv");
}

const FieldRule *Sensitivity::find(const std::string &message, const std::string &field) const
{
    const auto found = m_fields.find(message + "." + field);
    return found == m_fields.end() ? nullptr : &found->second;
}

} // namespace cryoscope
