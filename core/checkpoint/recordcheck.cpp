// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/recordcheck.h"

#include <array>

namespace cryoscope
{

namespace
{

/// Pairs of mm_entry of which the second is not below the first: the kernel refuses them otherwise
/// (PR_SET_MM_MAP).
constexpr auto orderedAddresses =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"mm_start_code", "mm_end_code"},
                                                                  {"mm_start_data", "mm_end_data"},
                                                                  {"mm_start_brk", "mm_brk"},
                                                                  {"mm_arg_start", "mm_arg_end"},
                                                                  {"mm_env_start", "mm_env_end"}});

/// Elements that an array of registers has when it is there. Source: CRIU 4.2's image format, registers of
/// x86.
struct RegisterArray {
    std::string_view message;
    std::string_view field;
    size_t elements;
    bool required;
};
constexpr auto registerArrays =
    std::to_array<RegisterArray>({{"user_x86_fpregs_entry", "st_space", 32, true},
                                  {"user_x86_fpregs_entry", "xmm_space", 64, true},
                                  {"user_x86_xsave_entry", "ymmh_space", 64, false},
                                  {"user_x86_xsave_entry", "bndreg_state", 8, false},
                                  {"user_x86_xsave_entry", "bndcsr_state", 8, false},
                                  {"user_x86_xsave_entry", "opmask_reg", 8, false},
                                  {"user_x86_xsave_entry", "zmm_upper", 64, false},
                                  {"user_x86_xsave_entry", "hi16_zmm", 128, false},
                                  {"user_x86_xsave_entry", "pkru", 2, false}});

/// Looks at one message.
class RecordCheck
{
public:
    RecordCheck(const Message &message, const std::string &member, RestoreFindings &findings)
        : m_message(message), m_member(member), m_findings(findings)
    {
    }

    void run()
    {
        checkRequired();
        const std::string &name = m_message.type().name;
        if (name == "file_entry")
            checkFileEntry();
        else if (name == "pipe_data_entry")
            checkPipeData();
        else if (name == "tcp_stream_entry")
            checkTcpStream();
        else if (name == "mm_entry")
            checkAddresses();
        else if (name == "user_x86_fpregs_entry" || name == "user_x86_xsave_entry")
            checkRegisters();
    }

private:
    void add(RestoreSeverity severity, std::string_view field, std::string reason)
    {
        const WireField *at = m_message.type().field(field) != nullptr ? m_message.find(field) : nullptr;
        const std::string name = m_message.type().name + (field.empty() ? "" : ".") + std::string(field);
        m_findings.add({severity, m_member, at != nullptr ? at->whole.offset : m_message.range().offset, name,
                        std::move(reason)},
                       name);
    }

    void checkRequired()
    {
        const auto &fields = m_message.type().fields;
        std::vector<bool> there(fields.size());
        for (const WireField &field : m_message.fields()) {
            if (field.type != nullptr)
                there[static_cast<size_t>(field.type - fields.data())] = true;
        }
        for (size_t i = 0; i < fields.size(); ++i) {
            if (fields[i].label == Label::Required && !there[i])
                add(RestoreSeverity::Stops, fields[i].name, "is required, and not there");
        }
    }

    void checkFileEntry()
    {
        size_t entries = 0;
        for (const WireField &field : m_message.fields()) {
            if (field.type == nullptr || field.type->kind != Kind::Message)
                continue;
            ++entries;
            if (!field.message || field.message->type().field("id") == nullptr)
                continue;
            if (field.message->number("id") != m_message.number("id"))
                add(RestoreSeverity::Stops, field.type->name, "its id is not that of the entry around it");
        }
        if (entries != 1)
            add(RestoreSeverity::Stops, {},
                entries == 0 ? "says nothing of its file" : "describes more than one file");
    }

    void checkPipeData()
    {
        if (m_message.has("size") && m_message.number("bytes") > m_message.number("size"))
            add(RestoreSeverity::Stops, "bytes", "is more than the pipe holds (size)");
    }

    void checkTcpStream()
    {
        if (m_message.number("unsq_len") > m_message.number("outq_len"))
            add(RestoreSeverity::Stops, "unsq_len", "is more than the queue that it is part of (outq_len)");
    }

    void checkAddresses()
    {
        for (const auto &[start, end] : orderedAddresses) {
            if (m_message.number(start) > m_message.number(end))
                add(RestoreSeverity::Stops, start, "is behind " + std::string(end));
        }
    }

    void checkRegisters()
    {
        for (const RegisterArray &array : registerArrays) {
            if (array.message != m_message.type().name)
                continue;
            const size_t elements = m_message.numbers(array.field).size();
            if (elements < array.elements && (elements > 0 || array.required))
                add(RestoreSeverity::Stops, array.field,
                    "has " + std::to_string(elements) + " elements of " + std::to_string(array.elements));
        }
    }

    const Message &m_message;
    const std::string &m_member;
    RestoreFindings &m_findings;
};

} // namespace

void checkRecordMessage(const Message &message, const std::string &member, RestoreFindings &findings)
{
    RecordCheck(message, member, findings).run();
}

} // namespace cryoscope
