// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/fileentry.h"

#include "core/image/critformat.h"

#include <array>
#include <string_view>

namespace cryoscope
{

namespace
{

/// Where the sub-message of a kind stands in file_entry.
struct KindField {
    uint32_t type;
    std::string_view field;
};
constexpr std::array<KindField, 20> kindFields{{
    {1, "reg"},   {2, "pipe"}, {3, "fifo"}, {4, "isk"},    {5, "usk"},  {6, "efd"},    {7, "epfd"},
    {8, "ify"},   {9, "sgfd"}, {10, "psk"}, {11, "tty"},   {12, "ffy"}, {13, "nlsk"},  {14, "nsf"},
    {15, "tunf"}, {16, "ext"}, {17, "tfd"}, {18, "memfd"}, {19, "bpf"}, {20, "pidfd"},
}};

/// A byte string for one line: control characters and a leading NUL (abstract socket) as "@".
std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '@' : c;
    return out;
}

/// `order`: of the host that wrote the image, and so of the bytes of an address within its words.
std::string socketEnd(const Message &socket, std::string_view addressField, std::string_view portField,
                      ByteOrder order)
{
    const auto words = socket.numbers(addressField);
    const auto address = critAddress(words, order);
    const std::string port = std::to_string(socket.number(portField));
    if (!address)
        return "port " + port;
    return words.size() > 1 ? "[" + *address + "]:" + port : *address + ":" + port;
}

std::string describeInet(const Message &socket, ByteOrder order)
{
    constexpr uint64_t tcp = 6;
    constexpr uint64_t udp = 17;
    constexpr uint64_t listening = 10;  // TCP_LISTEN
    constexpr uint64_t established = 1; // TCP_ESTABLISHED
    const uint64_t protocol = socket.number("proto");
    std::string text = protocol == tcp   ? "TCP"
                       : protocol == udp ? "UDP"
                                         : "IP protocol " + std::to_string(protocol);
    text += " " + socketEnd(socket, "src_addr", "src_port", order);
    const uint64_t state = socket.number("state");
    if (protocol == tcp && state == listening)
        return text + " listening";
    if (state == established)
        return text + " to " + socketEnd(socket, "dst_addr", "dst_port", order);
    return text;
}

std::string describeUnix(const Message &socket)
{
    std::string text = "unix socket " + std::to_string(socket.number("ino"));
    if (const uint64_t peer = socket.number("peer"); peer != 0)
        text += " to " + std::to_string(peer);
    if (const auto name = socket.text("name"); !name.empty())
        text += " " + printable(name.back() == '\0' && name.front() != '\0' ? name.substr(0, name.size() - 1)
                                                                            : name);
    return text;
}

std::string critUnix(const Message &socket)
{
    std::string text =
        "unix[" + std::to_string(socket.number("ino")) + " (" + std::to_string(socket.number("peer")) + ")";
    if (const auto name = socket.text("name"); !name.empty())
        text += " " + critQuotedPrintable(name);
    return text + "]";
}

std::string count(const Message &message, std::string_view field, std::string_view what)
{
    return std::to_string(message.findAll(field).size()) + " " + std::string(what);
}

/// One line for each kind that says more than its name.
std::string describe(uint32_t type, const Message &m, ByteOrder order)
{
    switch (type) {
    case 1:
        return printable(m.text("name"));
    case 2:
        return "pipe " + std::to_string(m.number("pipe_id")) +
               ((m.number("flags") & 1) != 0 ? " write end" : " read end");
    case 3:
        return "fifo " + std::to_string(m.number("pipe_id"));
    case 4:
        return describeInet(m, order);
    case 5:
        return describeUnix(m);
    case 6:
        return "eventfd, counter " + std::to_string(m.number("counter"));
    case 7:
        return "epoll, " + count(m, "tfd", "descriptors");
    case 8:
        return "inotify, " + count(m, "wd", "watches");
    case 9:
        return "signalfd, mask " + critHex(static_cast<int64_t>(m.number("sigmask")), false);
    case 10:
        return "packet socket, interface " + std::to_string(m.number("ifindex"));
    case 11:
        return "terminal, tty-info " + std::to_string(m.number("tty_info_id"));
    case 12:
        return "fanotify, " + count(m, "mark", "marks");
    case 13:
        return "netlink socket, protocol " + std::to_string(m.number("protocol"));
    case 14:
        return "namespace " + std::to_string(m.number("ns_id"));
    case 15:
        return "tun " + printable(m.text("netdev"));
    case 16:
        return "external file (handled by a plugin)";
    case 17:
        return "timerfd, clock " + std::to_string(m.number("clockid"));
    case 18:
        return "memfd";
    case 19:
        return "BPF map " + printable(m.text("map_name"));
    case 20:
        return "pidfd of " + std::to_string(m.signedNumber("nspid"));
    default:
        return {};
    }
}

void fill(FileEntry &file, const Message &message, ByteOrder order)
{
    file.description = describe(file.type, message, order);
    if (file.type == FdFifo || file.type == FdTty)
        file.pathId = static_cast<uint32_t>(message.number("regf_id"));
    if (file.type == FdReg) {
        file.path = message.text("name");
        file.critText = file.path;
    } else if (file.type == FdPipe) {
        file.critText = "pipe[" + std::to_string(message.number("pipe_id")) + "]";
    } else if (file.type == FdUnixSocket) {
        file.critText = critUnix(message);
    }
}

} // namespace

std::string fdTypeName(uint32_t type, const Schema &schema)
{
    if (const EnumType *types = schema.enumType("fd_types")) {
        if (const auto name = types->nameOf(static_cast<int32_t>(type)); !name.empty())
            return std::string(name);
    }
    return std::to_string(type);
}

FileEntry readFileEntry(const Message &entry, const Schema &schema, ByteOrder order)
{
    FileEntry file;
    file.id = static_cast<uint32_t>(entry.number("id"));
    file.type = static_cast<uint32_t>(entry.number("type"));
    file.typeName = fdTypeName(file.type, schema);
    for (const auto &kind : kindFields) {
        if (kind.type != file.type)
            continue;
        if (const Message *message = entry.message(kind.field))
            fill(file, *message, order);
    }
    if (file.description.empty())
        file.description = file.typeName + " " + std::to_string(file.id);
    return file;
}

FileEntry readOldFileEntry(const Message &message, uint32_t type, const Schema &schema, ByteOrder order)
{
    FileEntry file;
    file.id = static_cast<uint32_t>(message.number("id"));
    file.type = type;
    file.typeName = fdTypeName(type, schema);
    fill(file, message, order);
    return file;
}

} // namespace cryoscope
