// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cryoscope
{

/// How the value of a netlink attribute is read.
enum class NetlinkValue {
    Bytes,
    Number,        ///< 1, 2, 4 or 8 bytes in the host's order
    NetworkNumber, ///< the same in network order
    Text,          ///< with a closing NUL
    Address,       ///< 4 or 16 bytes
    Parts,         ///< a structure of numbers in the host's order
    Nested         ///< attributes
};

/// One field of the fixed part that follows a netlink header, or of an attribute that is a structure.
struct NetlinkField {
    std::string_view name;
    size_t width; ///< bytes
};

struct NetlinkAttribute {
    uint16_t type;
    std::string_view name;
    NetlinkValue value = NetlinkValue::Bytes;
    std::span<const NetlinkAttribute> nested = {};
    std::span<const NetlinkField> parts = {}; ///< of Parts: as many as are there, the rest is bytes
};

/// Layout of the messages of one kind. Source: linux/if_addr.h, rtnetlink.h, fib_rules.h,
/// netfilter/nfnetlink_conntrack.h.
struct NetlinkLayout {
    std::string_view what; ///< "address"
    uint32_t magic = 0;    ///< at the start of the file; 0: none
    uint16_t messageType = 0;
    std::span<const NetlinkField> fixed = {};
    std::span<const NetlinkAttribute> attributes = {};
    bool padded = true; ///< messages are padded to 4 bytes
};

[[nodiscard]] const NetlinkLayout &netlinkAddresses();
[[nodiscard]] const NetlinkLayout &netlinkRoutes();
[[nodiscard]] const NetlinkLayout &netlinkRules();
[[nodiscard]] const NetlinkLayout &netlinkConnections();
[[nodiscard]] const NetlinkLayout &netlinkExpectations();

/// What a number in the fixed part says, in words; may be empty.
[[nodiscard]] std::string netlinkFieldWords(std::string_view what, std::string_view field, uint64_t value);
/// What the number of an attribute says, in words; may be empty.
[[nodiscard]] std::string netlinkAttributeWords(std::string_view what, std::string_view name, uint64_t value);

} // namespace cryoscope
