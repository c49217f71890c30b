// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/socketinfo.h"

#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/imagenames.h"
#include "core/image/critformat.h"

namespace cryoscope
{

namespace
{

struct Name {
    uint64_t value;
    std::string_view name;
};

// Names as go-criu spells them.
constexpr Name families[] = {{1, "UNIX"}, {2, "IPV4"}, {10, "IPV6"}, {16, "NETLINK"}, {17, "PACKET"}};
constexpr Name protocols[] = {{1, "ICMP"},    {2, "IGMP"},      {6, "TCP"},  {17, "UDP"},
                              {58, "ICMPV6"}, {136, "UDPLITE"}, {255, "RAW"}};
constexpr Name kinds[] = {{1, "STREAM"}, {2, "DGRAM"},     {3, "RAW"},
                          {4, "RDM"},    {5, "SEQPACKET"}, {10, "PACKET"}};
constexpr Name states[] = {{1, "ESTABLISHED"}, {2, "SYN_SENT"},  {3, "SYN_RECEIVED"}, {4, "FIN_WAIT_1"},
                           {5, "FIN_WAIT_2"},  {6, "TIME_WAIT"}, {7, "CLOSE"},        {8, "CLOSE_WAIT"},
                           {9, "LAST_ACK"},    {10, "LISTEN"},   {11, "CLOSING"},     {12, "NEW_SYN_RECV"}};
constexpr Name netlinkProtocols[] = {{0, "ROUTE"},           {4, "SOCK_DIAG"},  {6, "XFRM"},
                                     {9, "AUDIT"},           {11, "CONNECTOR"}, {12, "NETFILTER"},
                                     {15, "KOBJECT_UEVENT"}, {16, "GENERIC"}};

std::string nameOf(std::span<const Name> names, uint64_t value)
{
    for (const Name &name : names) {
        if (name.value == value)
            return std::string(name.name);
    }
    return {};
}

constexpr uint32_t packetSocket = 10;  // fd_types PACKETSK
constexpr uint32_t netlinkSocket = 13; // fd_types NETLINKSK

struct SocketKind {
    uint32_t type;
    std::string_view field; ///< of file_entry
};
constexpr SocketKind socketKinds[] = {
    {FdInetSocket, "isk"}, {FdUnixSocket, "usk"}, {packetSocket, "psk"}, {netlinkSocket, "nlsk"}};

SocketInfo readSocket(uint32_t type, const Message &socket, ByteOrder order)
{
    SocketInfo info;
    info.type = type;
    if (const Message *options = socket.message("opts")) {
        info.sendBuffer = static_cast<uint32_t>(options->number("so_sndbuf"));
        info.receiveBuffer = static_cast<uint32_t>(options->number("so_rcvbuf"));
    }
    switch (type) {
    case FdInetSocket: {
        const auto address = [&socket, order](std::string_view field) {
            return critAddress(socket.numbers(field), order).value_or(std::string());
        };
        info.family = nameOf(families, socket.number("family"));
        info.protocol = nameOf(protocols, socket.number("proto"));
        info.kind = nameOf(kinds, socket.number("type"));
        info.state = nameOf(states, socket.number("state"));
        info.source = address("src_addr");
        info.destination = address("dst_addr");
        info.sourcePort = static_cast<uint32_t>(socket.number("src_port"));
        info.destinationPort = static_cast<uint32_t>(socket.number("dst_port"));
        info.inode = static_cast<uint32_t>(socket.number("ino"));
        break;
    }
    case FdUnixSocket:
        info.family = "UNIX";
        info.kind = nameOf(kinds, socket.number("type"));
        info.state = nameOf(states, socket.number("state"));
        info.source = socket.text("name");
        info.inode = static_cast<uint32_t>(socket.number("ino"));
        info.peer = static_cast<uint32_t>(socket.number("peer"));
        break;
    case packetSocket:
        info.family = "PACKET";
        info.kind = nameOf(kinds, socket.number("type"));
        break;
    case netlinkSocket:
        info.family = "NETLINK";
        info.protocol = nameOf(netlinkProtocols, socket.number("protocol"));
        info.state = nameOf(states, socket.number("state"));
        info.inode = static_cast<uint32_t>(socket.number("ino"));
        break;
    default:
        break;
    }
    return info;
}

/// Calls `visit` with each message of an image of the set, if it is there and can be read.
template <class Visit>
void eachMessage(const Checkpoint &checkpoint, std::string_view fileName, const Visit &visit)
{
    const Member *member = checkpoint.imageMember(fileName);
    if (member == nullptr || !member->content)
        return;
    const auto image = checkpoint.openImage(member->id);
    if (!image)
        return;
    for (const Record &record : image->records()) {
        if (const auto message = image->message(record))
            visit(*message, image->byteOrder());
    }
}

} // namespace

std::map<uint32_t, SocketInfo> readSockets(const Checkpoint &checkpoint)
{
    std::map<uint32_t, SocketInfo> sockets;
    eachMessage(checkpoint, "files.img", [&sockets](const Message &entry, ByteOrder order) {
        if (entry.type().name != "file_entry")
            return;
        for (const SocketKind &kind : socketKinds) {
            if (entry.number("type") != kind.type)
                continue;
            if (const Message *socket = entry.message(kind.field))
                sockets.try_emplace(static_cast<uint32_t>(entry.number("id")),
                                    readSocket(kind.type, *socket, order));
        }
    });
    for (const OldFileImage &old : oldFileImages()) {
        for (const SocketKind &kind : socketKinds) {
            if (old.type != kind.type)
                continue;
            eachMessage(checkpoint, old.fileName, [&](const Message &socket, ByteOrder order) {
                if (socket.type().name == old.message)
                    sockets.try_emplace(static_cast<uint32_t>(socket.number("id")),
                                        readSocket(kind.type, socket, order));
            });
        }
    }
    return sockets;
}

} // namespace cryoscope
