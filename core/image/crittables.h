// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cryoscope
{

// Names of bits and numbers as crit 4.2.1 has them. Used by critformat and critparse alone.

struct CritName {
    uint64_t value;
    std::string_view name;
};

struct CritFlags {
    std::string_view name;
    std::span<const CritName> names;
};

inline constexpr CritName critProtNames[] = {{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}};
inline constexpr CritName critMapNames[] = {{0x1, "MAP_SHARED"},
                                            {0x2, "MAP_PRIVATE"},
                                            {0x8, "MAP_DROPPABLE"},
                                            {0x20, "MAP_ANON"},
                                            {0x100, "MAP_GROWSDOWN"}};
inline constexpr CritName critStatusNames[] = {
    {1u << 0, "VMA_AREA_REGULAR"},  {1u << 1, "VMA_AREA_STACK"},   {1u << 2, "VMA_AREA_VSYSCALL"},
    {1u << 3, "VMA_AREA_VDSO"},     {1u << 5, "VMA_AREA_HEAP"},    {1u << 6, "VMA_FILE_PRIVATE"},
    {1u << 7, "VMA_FILE_SHARED"},   {1u << 8, "VMA_ANON_SHARED"},  {1u << 9, "VMA_ANON_PRIVATE"},
    {1u << 10, "VMA_AREA_SYSVIPC"}, {1u << 11, "VMA_AREA_SOCKET"}, {1u << 12, "VMA_AREA_VVAR"},
    {1u << 13, "VMA_AREA_AIORING"}, {1u << 14, "VMA_AREA_MEMFD"},  {1u << 15, "VMA_AREA_SHSTK"},
    {1u << 17, "VMA_AREA_UPROBES"}, {1u << 31, "VMA_UNSUPP"}};
inline constexpr CritName critFileNames[] = {
    {01, "O_WRONLY"},         {02, "O_RDWR"},          {0100, "O_CREAT"},       {0200, "O_EXCL"},
    {0400, "O_NOCTTY"},       {01000, "O_TRUNC"},      {02000, "O_APPEND"},     {04000, "O_NONBLOCK"},
    {010000, "O_DSYNC"},      {020000, "FASYNC"},      {040000, "O_DIRECT"},    {0100000, "O_LARGEFILE"},
    {0200000, "O_DIRECTORY"}, {0400000, "O_NOFOLLOW"}, {01000000, "O_NOATIME"}, {02000000, "O_CLOEXEC"}};
inline constexpr CritName critPagemapNames[] = {{1, "PE_PARENT"}, {2, "PE_LAZY"}, {4, "PE_PRESENT"}};
inline constexpr CritName critSealNames[] = {{1, "F_SEAL_SEAL"},
                                             {2, "F_SEAL_SHRINK"},
                                             {4, "F_SEAL_GROW"},
                                             {8, "F_SEAL_WRITE"},
                                             {0x10, "F_SEAL_FUTURE_WRITE"}};

inline constexpr CritFlags critFlagTables[] = {
    {"mmap.prot", critProtNames},   {"mmap.flags", critMapNames},     {"mmap.status", critStatusNames},
    {"rfile.flags", critFileNames}, {"pmap.flags", critPagemapNames}, {"seals.flags", critSealNames}};

// crit's names: those of 3 and 6 are the wrong way round, and that of 2 is missing.
inline constexpr CritName critTaskStates[] = {{1, "Alive"}, {3, "Zombie"}, {6, "Stopped"}};
inline constexpr CritName critFamilies[] = {
    {1, "UNIX"}, {2, "INET"}, {10, "INET6"}, {16, "NETLINK"}, {17, "PACKET"}};
inline constexpr CritName critSocketTypes[] = {
    {1, "STREAM"}, {2, "DGRAM"}, {3, "RAW"}, {5, "SEQPACKET"}, {10, "PACKET"}};
inline constexpr CritName critSocketStates[] = {
    {1, "ESTABLISHED"}, {2, "SYN_SENT"}, {3, "SYN_RECV"},   {4, "FIN_WAIT1"}, {5, "FIN_WAIT2"},
    {6, "TIME_WAIT"},   {7, "CLOSE"},    {8, "CLOSE_WAIT"}, {9, "LAST_ACK"},  {10, "LISTEN"}};
inline constexpr CritName critProtocols[] = {{0, "IP"}, {6, "TCP"}, {17, "UDP"}, {136, "UDPLITE"}};

struct CritDict {
    std::string_view dict;
    std::string_view field;
    std::span<const CritName> names;
};
inline constexpr CritDict critDicts[] = {{"gen", "task_state", critTaskStates},
                                         {"sk", "family", critFamilies},
                                         {"sk", "type", critSocketTypes},
                                         {"sk", "state", critSocketStates},
                                         {"sk", "proto", critProtocols}};

} // namespace cryoscope
