// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cryoscope
{

/// What follows the protobuf message of a record, beside nothing.
enum class PayloadLayout {
    None,
    PipeData,     ///< pipe_data_entry.bytes bytes
    SocketData,   ///< sk_packet_entry.length bytes
    TcpQueues,    ///< tcp_stream_entry: inq_len bytes, then outq_len bytes
    GhostFile,    ///< rest of the file, or chunk records {u32 size, ghost_chunk_entry} each followed by len
                  ///< bytes
    Semaphores,   ///< ipc_sem_entry: nsems u16, zero padded to 8 bytes
    Messages,     ///< ipc_msg_entry: qnum times {u32 size, ipc_msg}, msize bytes padded with zeros to 8
    SharedMemory, ///< ipc_shm_entry: size bytes padded to 4, unless in_pagemaps
    BpfMap        ///< bpfmap_data_entry: keys_bytes, then values_bytes
};

/// One row of the magic table: what a type magic stands for. Source: CRIU 4.2 magic and image descriptor
/// tables.
struct ImageType {
    std::string_view name;  ///< as crit prints it ("INVENTORY")
    uint32_t magic;         ///< type magic
    std::string_view head;  ///< message of the first record where it differs ("pagemap_head"), else empty
    std::string_view entry; ///< message of the records ("inventory_entry")
    bool array;             ///< any number of records; otherwise exactly one
    PayloadLayout payload;
    bool critDecodes; ///< crit 4.2.1 has a handler for it
};

inline constexpr uint32_t commonMagic = 0x54564319;  ///< head of v1.1 images
inline constexpr uint32_t serviceMagic = 0x55105940; ///< head of stats and irmap-cache

/// All types. Of the two with the pagemap magic only the current one is listed.
[[nodiscard]] std::span<const ImageType> imageTypes();
/// Null if the magic is of no known type.
[[nodiscard]] const ImageType *imageTypeByMagic(uint32_t magic);
[[nodiscard]] const ImageType *imageTypeByName(std::string_view name);

} // namespace cryoscope
