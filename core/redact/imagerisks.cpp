// SPDX-License-Identifier: Apache-2.0
#include "core/redact/imagerisks.h"

#include "core/checkpoint/linkexplainer.h"
#include "core/image/payload.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

/// Why a field matters.
struct FieldRisk {
    std::string_view message;
    std::string_view field; ///< empty: each of the message
    RestoreSeverity severity;
    std::string_view reason;
};
constexpr auto riskStops = RestoreSeverity::Stops;
constexpr auto riskMayStop = RestoreSeverity::MayStop;
constexpr std::string_view matched = "is matched with what the host has, or with an option of the restore";
constexpr std::string_view asItStands = "is given to the kernel as it stands";
constexpr std::string_view arrayLength = "is the length of what follows it";

// Source: CRIU 4.2's image format, what restore checks.
constexpr auto fieldRisks = std::to_array<FieldRisk>({
    {"reg_file_entry", "name", riskMayStop,
     "a file of this name must be there at restore; of a deleted one, its directory"},
    {"reg_file_entry", "size", riskStops, "CRIU compares it with the size of the file"},
    {"reg_file_entry", "mode", riskStops, "CRIU compares it with the mode of the file"},
    {"reg_file_entry", "build_id", riskStops, "CRIU compares it with the build id of the file"},
    {"reg_file_entry", "checksum", riskStops, "CRIU compares it with the checksum of the file"},
    {"unix_sk_entry", "name", riskMayStop, "the other end finds the socket by its name"},
    {"unix_sk_entry", "name_dir", riskMayStop, "the name of the socket begins there"},
    {"mnt_entry", "root", riskMayStop, matched},
    {"mnt_entry", "mountpoint", riskMayStop, matched},
    {"mnt_entry", "source", riskMayStop, matched},
    {"mnt_entry", "options", riskMayStop, asItStands},
    {"mnt_entry", "fsname", riskMayStop, asItStands},
    {"mnt_entry", "ext_key", riskMayStop, matched},
    {"netns_entry", "ext_key", riskMayStop, matched},
    {"pidns_entry", "ext_key", riskMayStop, matched},
    {"cgroup_dir_entry", "dir_name", riskMayStop, matched},
    {"cgroup_prop_entry", "name", riskMayStop, matched},
    {"cgroup_prop_entry", "value", riskMayStop, asItStands},
    {"cg_member_entry", "name", riskMayStop, matched},
    {"cg_member_entry", "path", riskMayStop, matched},
    {"cg_controller_entry", "cnames", riskMayStop, matched},
    {"creds_entry", "lsm_profile", riskMayStop, asItStands},
    {"creds_entry", "lsm_sockcreate", riskMayStop, asItStands},
    {"creds_entry", "apparmor_data", riskMayStop, asItStands},
    {"fdinfo_entry", "xattr_security_selinux", riskMayStop, asItStands},
    {"aa_policy", "", riskMayStop, asItStands},
    {"aa_namespace", "", riskMayStop, asItStands},
    {"seccomp_filter", "filter", riskStops, "is a program that the kernel checks"},
    {"net_device_entry", "name", riskMayStop, matched},
    {"tunfile_entry", "netdev", riskMayStop, matched},
    {"fh_entry", "path", riskMayStop, "a file of this name must be there at restore"},
    {"fanotify_mount_mark_entry", "path", riskMayStop, "a file of this name must be there at restore"},
    {"inventory_entry", "img_version", riskStops, "CRIU refuses a version that it does not know"},
    {"plugins_entry", "plugins", riskStops, "CRIU refuses the set without this plugin"},
    {"pipe_data_entry", "bytes", riskStops, arrayLength},
    {"pipe_data_entry", "size", riskStops, "the content must fit into the pipe"},
    {"sk_packet_entry", "length", riskStops, arrayLength},
    {"tcp_stream_entry", "inq_len", riskStops, arrayLength},
    {"tcp_stream_entry", "outq_len", riskStops, arrayLength},
    {"ghost_chunk_entry", "len", riskStops, arrayLength},
    {"ipc_msg", "msize", riskStops, arrayLength},
    {"ipc_msg_entry", "qnum", riskStops, "is the number of messages that follow it"},
    {"ipc_sem_entry", "nsems", riskStops, "is the number of semaphores that follow it"},
    {"ipc_shm_entry", "size", riskStops, arrayLength},
    {"bpfmap_data_entry", "keys_bytes", riskStops, arrayLength},
    {"bpfmap_data_entry", "values_bytes", riskStops, arrayLength},
    {"pagemap_head", "", riskStops, "says which pages file is meant"},
    {"pagemap_entry", "", riskStops, "says which pages are stored, and where they belong"},
});

bool isNumber(const FieldType &type)
{
    return wireTypeOf(type.kind) != WireType::Bytes;
}

bool isRegister(std::string_view message)
{
    return message.find("regs") != std::string_view::npos ||
           message.find("xsave") != std::string_view::npos || message.starts_with("thread_info_") ||
           message.starts_with("user_") || message.find("fpstate") != std::string_view::npos;
}

/// Why a change of a field matters; no reason if it does not.
FieldRisk riskOf(const MessageType &message, const FieldType &field)
{
    for (const FieldRisk &risk : fieldRisks) {
        if (risk.message == message.name && (risk.field.empty() || risk.field == field.name))
            return risk;
    }
    if (isRegister(message.name))
        return {message.name, field.name, riskMayStop, "is a register of the thread"};
    if (!isNumber(field))
        return {message.name, field.name, RestoreSeverity::Note, {}}; // content
    if (isIdField(message.name, field.name) || field.name == "id")
        return {message.name, field.name, riskStops, "is an id by which CRIU finds what belongs together"};
    if (isAddressField(message, field))
        return {message.name, field.name, riskMayStop, "is an address or a mask of the program"};
    return {message.name, field.name, riskMayStop, "is a number that CRIU restores as it stands"};
}

/// Looks at what a range of an image belongs to.
class ImageRisks
{
public:
    ImageRisks(const Image &image, ByteRange range, const std::string &member, RestoreFindings &findings)
        : m_image(image), m_range(range), m_member(member), m_findings(findings)
    {
    }

    Result<void> run()
    {
        for (size_t i = firstRecord(); i < m_image.records().size(); ++i) {
            const Record &record = m_image.records()[i];
            if (record.frameOffset >= m_range.end())
                break;
            if (record.message.overlaps(m_range)) {
                const auto message = m_image.message(record);
                if (!message)
                    return message.error();
                checkMessage(*message);
            }
            if (record.payload.overlaps(m_range)) {
                if (auto done = checkPayload(record); !done)
                    return done;
            }
        }
        return {};
    }

private:
    [[nodiscard]] size_t firstRecord() const
    {
        const auto &records = m_image.records();
        const auto after = std::upper_bound(
            records.begin(), records.end(), m_range.offset,
            [](uint64_t offset, const Record &record) { return offset < record.frameOffset; });
        return after == records.begin() ? 0 : static_cast<size_t>(after - records.begin()) - 1;
    }

    void add(RestoreSeverity severity, uint64_t offset, const std::string &field, std::string_view reason)
    {
        m_findings.add({severity, m_member, offset, field, std::string(reason)}, field);
    }

    void checkMessage(const Message &message)
    {
        for (const WireField &field : message.fields()) {
            if (!field.whole.overlaps(m_range))
                continue;
            if (field.message) {
                checkMessage(*field.message);
            } else if (field.type == nullptr) {
                add(riskMayStop, field.whole.offset, message.type().name + "." + std::to_string(field.number),
                    "is not known");
            } else {
                const FieldRisk risk = riskOf(message.type(), *field.type);
                const std::string name = message.type().name + "." + field.type->name;
                // A value takes many words of a register, and a thread has one set of them.
                if (isRegister(message.type().name))
                    m_findings.addPart(
                        {risk.severity, m_member, field.whole.offset, name, std::string(risk.reason)},
                        m_member + "\nregisters", "words of its registers");
                else if (!risk.reason.empty())
                    add(risk.severity, field.whole.offset, name, risk.reason);
            }
        }
    }

    /// What programs made may change; what says how long it is may not.
    Result<void> checkPayload(const Record &record)
    {
        const auto parts = payloadParts(m_image, record);
        if (!parts)
            return parts.error();
        for (const PayloadPart &part : *parts) {
            if (part.range.overlaps(m_range) &&
                (part.kind == PayloadPart::Kind::Frame || part.kind == PayloadPart::Kind::Message))
                add(riskStops, part.range.offset, record.type->name + " " + std::string(part.name),
                    "says how what follows it is read");
        }
        return {};
    }

    const Image &m_image;
    const ByteRange m_range;
    const std::string &m_member;
    RestoreFindings &m_findings;
};

} // namespace

Result<void> addImageRisks(const Image &image, ByteRange range, const std::string &member,
                           RestoreFindings &findings)
{
    return ImageRisks(image, range, member, findings).run();
}

} // namespace cryoscope
