// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"

#include <map>
#include <string>

namespace cryoscope
{

/// A socket of files.img, in the words of socket tools. Texts are empty where the image does not tell.
struct SocketInfo {
    uint32_t type = 0;    ///< fd_types number
    std::string family;   ///< "IPV4", "IPV6", "UNIX", "PACKET", "NETLINK"
    std::string protocol; ///< "TCP"; of netlink sockets "ROUTE"
    std::string kind;     ///< "STREAM", "DGRAM" …
    std::string state;    ///< "LISTEN"
    std::string source;   ///< address; of unix sockets the name, as bytes (a leading NUL: abstract)
    std::string destination;
    uint32_t sourcePort = 0;
    uint32_t destinationPort = 0;
    uint32_t sendBuffer = 0;    ///< bytes
    uint32_t receiveBuffer = 0; ///< bytes
    uint32_t inode = 0;         ///< 0 where it is not told
    uint32_t peer = 0;          ///< of unix sockets: the peer's inode, or 0
};

/// All sockets of the shown image set by their id in files.img (or in the obsolete images of their kinds).
/// What cannot be read is left out; Checkpoint::problems() tells of it.
[[nodiscard]] std::map<uint32_t, SocketInfo> readSockets(const Checkpoint &checkpoint);

} // namespace cryoscope
