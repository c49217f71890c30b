// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/task.h"
#include "core/image/byteorder.h"
#include "core/image/message.h"

namespace cryoscope
{

/// fd_types numbers that are asked for by name. Source: CRIU's fdinfo.proto facts.
enum FdType : uint32_t {
    FdReg = 1,
    FdPipe = 2,
    FdFifo = 3,
    FdInetSocket = 4,
    FdUnixSocket = 5,
    FdTty = 11,
    FdMemfd = 18
};

/// Reads a file_entry message: type, id, description. Memfds and fifos are named later, when what they refer
/// to is known. `order` is that of the image.
[[nodiscard]] FileEntry readFileEntry(const Message &entry, const Schema &schema, ByteOrder order);

/// The same for the message of an obsolete image of one kind (reg-files.img, pipes.img, …), which is the
/// sub-message alone. `type` is the fd_types number of that kind.
[[nodiscard]] FileEntry readOldFileEntry(const Message &message, uint32_t type, const Schema &schema,
                                         ByteOrder order);

/// Name of an fd_types number ("REG"), or the number itself.
[[nodiscard]] std::string fdTypeName(uint32_t type, const Schema &schema);

} // namespace cryoscope
