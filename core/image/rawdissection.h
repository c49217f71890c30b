// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"
#include "core/image/byteorder.h"
#include "core/image/decodedpages.h"
#include "core/image/dissection.h"
#include "core/image/schema.h"

#include <functional>
#include <memory>
#include <optional>

namespace cryoscope
{

// Dissections of members that are no framed images. Each keeps its source alive; all are const and
// thread-safe.

/// What a netlink dump holds, which decides how its messages are read.
enum class NetlinkContent {
    Addresses,   ///< ifaddr-N.img: u32 magic 0x47361222, then messages
    Routes,      ///< route-N.img, route6-N.img: u32 magic 0x45311224, then messages
    Rules,       ///< rule-N.img: u32 magic 0x71706986, then messages
    Connections, ///< netns-ct-N.img: messages, without padding between them
    Expectations ///< netns-exp-N.img: the same
};
/// What the number of a network interface names. Called from several threads.
using InterfaceLink = std::function<std::optional<DissectionLink>(uint64_t index)>;

/// Messages with their headers and attributes (nested ones too), addresses and interface names in words.
/// Sources: the Linux netlink headers; magics as iproute2 writes them. Numbers are in the byte order of the
/// host that wrote them, which the magic or the first header tells; addresses and ports in network order.
[[nodiscard]] std::unique_ptr<Dissection> dissectNetlink(std::shared_ptr<const ByteSource> source,
                                                         NetlinkContent content,
                                                         InterfaceLink interfaces = {});

enum class TextForm { Plain, Iptables, Log };
/// Lines, with what they do (Iptables: as iptables-save writes them; Log: CRIU's "(seconds.micros) text").
[[nodiscard]] std::unique_ptr<Dissection> dissectText(std::shared_ptr<const ByteSource> source,
                                                      TextForm form);

/// The tree of a JSON text; blank space and punctuation belong to what they follow. What is no JSON is
/// Unexplained from where it stops being it. Texts over 16 MiB are given as lines.
[[nodiscard]] std::unique_ptr<Dissection> dissectJson(std::shared_ptr<const ByteSource> source);

/// Members of a tar with the fields of their headers, data and padding. Source: POSIX ustar and pax, GNU tar.
[[nodiscard]] std::unique_ptr<Dissection> dissectTar(std::shared_ptr<const ByteSource> source);

/// A compressed stream (gzip with its header and trailer; bzip2, xz and zstd as a whole). `decoded` is the
/// member that it decodes to, or noMember; `decodedSize` its bytes.
[[nodiscard]] std::unique_ptr<Dissection> dissectCompressed(std::shared_ptr<const ByteSource> source,
                                                            MemberId decoded, uint64_t decodedSize);

/// A pages file of LZ4 blocks: pagemap entries with their blocks, and what aligns them. `decoded` is what it
/// decodes to, `decodedMember` the member with that content, for the links.
[[nodiscard]] std::unique_ptr<Dissection> dissectCompressedPages(std::shared_ptr<const ByteSource> source,
                                                                 std::shared_ptr<const DecodedPages> decoded,
                                                                 MemberId decodedMember);

/// A file that is one protobuf message and nothing else.
[[nodiscard]] std::unique_ptr<Dissection> dissectBareMessage(std::shared_ptr<const ByteSource> source,
                                                             const MessageType *type);

/// Pages of CRIU 1.0 and older: the pagemap magic (with or without head magic), then a u64 address and a
/// page, again and again. `pid` is for the links, 0 for shared memory; `pageSize` in bytes.
[[nodiscard]] std::unique_ptr<Dissection> dissectOldPages(std::shared_ptr<const ByteSource> source,
                                                          uint64_t pageSize, uint32_t pid);

/// One node for all of it; none if it is empty.
[[nodiscard]] std::unique_ptr<Dissection> dissectWhole(std::shared_ptr<const ByteSource> source,
                                                       DissectionNode::Kind kind, std::string name,
                                                       std::string meaning);

/// Reads a node's bytes to see whether they are all zero.
[[nodiscard]] Result<bool> allZero(const ByteSource &source, ByteRange range);

} // namespace cryoscope
