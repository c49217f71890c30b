// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace cryoscope::cli
{

namespace
{

constexpr uint64_t maxLength = uint64_t{1} << 30; // bytes of one request

struct BytesOptions {
    std::string path;
    uint32_t pid = 0;
    std::string member;
    std::string at;
    uint64_t length = 256;
    bool raw = false;
};

/// Rows of sixteen bytes as hexdump -C prints them; `absent` marks bytes that are not there.
class Rows
{
public:
    explicit Rows(uint64_t start) : m_address(start) {}

    void add(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            const auto row = bytes.first(std::min<size_t>(16, bytes.size()));
            print(row);
            m_address += row.size();
            bytes = bytes.subspan(row.size());
        }
    }
    void absent(uint64_t length, std::string_view why)
    {
        std::printf("%08llx  -- %s, %s\n", static_cast<unsigned long long>(m_address),
                    sizeText(length).c_str(), std::string(why).c_str());
        m_address += length;
    }
    void end() { std::printf("%08llx\n", static_cast<unsigned long long>(m_address)); }

private:
    void print(std::span<const std::byte> row) const
    {
        std::string hexText;
        std::string text;
        for (size_t i = 0; i < 16; ++i) {
            if (i == 8)
                hexText += ' ';
            if (i >= row.size()) {
                hexText += "   ";
                continue;
            }
            const auto byte = static_cast<unsigned>(row[i]);
            char two[8];
            std::snprintf(two, sizeof two, "%02x ", byte);
            hexText += two;
            text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
        }
        std::printf("%08llx  %s |%s|\n", static_cast<unsigned long long>(m_address), hexText.c_str(),
                    text.c_str());
    }

    uint64_t m_address;
};

int memoryBytes(Context &context, const Memory &memory, const BytesOptions &options, uint64_t at)
{
    const auto space = memory.addressSpace(options.pid);
    if (!space)
        return context.fail(space.error());
    Rows rows(at);
    for (const AddressPiece &piece : space->pieces({at, options.length})) {
        if (piece.presence != Presence::Present) {
            if (options.raw)
                return context.fail({ErrorCode::NotFound,
                                     "the bytes are " + std::string(presenceText(piece.presence)),
                                     "memory of " + std::to_string(options.pid), piece.address});
            rows.absent(piece.length, presenceText(piece.presence));
            continue;
        }
        const auto &content = memory.checkpoint().archive().member(piece.extent.member).content;
        const auto bytes = content->readAll(piece.extent.offset, piece.length);
        if (!bytes)
            return context.fail(bytes.error());
        if (options.raw)
            std::fwrite(bytes->data(), 1, bytes->size(), stdout);
        else
            rows.add(*bytes);
    }
    if (!options.raw)
        rows.end();
    return context.finish();
}

int memberBytes(Context &context, const Archive &archive, const BytesOptions &options, uint64_t at)
{
    const Member *member = archive.find(options.member);
    if (member == nullptr || !member->content)
        return context.fail(
            {ErrorCode::NotFound, "has no member \"" + options.member + "\"", archive.path(), {}});
    const uint64_t size = member->content->size();
    if (at > size)
        return context.fail({ErrorCode::NotFound, "ends at " + std::to_string(size), member->path, at});
    const auto bytes = member->content->readAll(at, std::min(options.length, size - at));
    if (!bytes)
        return context.fail(bytes.error());
    if (options.raw) {
        std::fwrite(bytes->data(), 1, bytes->size(), stdout);
    } else {
        Rows rows(at);
        rows.add(*bytes);
        rows.end();
    }
    return context.finish();
}

} // namespace

void addBytesCommand(CLI::App &app, Action &action)
{
    auto *command =
        app.add_subcommand("bytes", "Bytes of a process's memory or of a member, as hexdump -C shows them");
    auto options = std::make_shared<BytesOptions>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    auto *pid = command->add_option("--pid", options->pid, "Process whose memory is read");
    command->add_option("--member", options->member, "Member that is read")->excludes(pid);
    command->add_option("--at", options->at, "Virtual address, or offset in the member (0x… for hexadecimal)")
        ->required();
    command->add_option("--len", options->length, "Bytes")->check(CLI::Range(uint64_t{1}, maxLength));
    command->add_flag("--raw", options->raw, "The bytes themselves");
    command->callback([options, pid, &action] {
        if (pid->count() == 0 && options->member.empty())
            throw CLI::ValidationError("one of --pid and --member is needed");
        uint64_t at = 0;
        try {
            size_t used = 0;
            at = std::stoull(options->at, &used, options->at.starts_with("0x") ? 16 : 10);
            if (used != options->at.size() || options->at.starts_with('-'))
                throw std::invalid_argument("rest");
        } catch (const std::exception &) {
            throw CLI::ValidationError("--at takes a number");
        }
        action = [options, at, byPid = pid->count() > 0](Context &context) {
            const auto memory = context.open(options->path);
            if (!memory)
                return context.fail(memory.error());
            return byPid ? memoryBytes(context, **memory, *options, at)
                         : memberBytes(context, (*memory)->checkpoint().archive(), *options, at);
        };
    });
}

} // namespace cryoscope::cli
