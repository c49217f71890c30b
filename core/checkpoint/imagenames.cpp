// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/imagenames.h"

#include <array>
#include <charconv>

namespace cryoscope
{

std::pair<std::string, std::string> splitPath(std::string_view path)
{
    const auto slash = path.find_last_of("/!");
    if (slash == std::string_view::npos)
        return {std::string(), std::string(path)};
    return {std::string(path.substr(0, slash + 1)), std::string(path.substr(slash + 1))};
}

std::optional<uint64_t> imageNumber(std::string_view fileName, std::string_view prefix)
{
    constexpr std::string_view suffix = ".img";
    if (!fileName.starts_with(prefix) || !fileName.ends_with(suffix) ||
        fileName.size() <= prefix.size() + suffix.size())
        return std::nullopt;
    const auto digits = fileName.substr(prefix.size(), fileName.size() - prefix.size() - suffix.size());
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return number;
}

std::span<const OldFileImage> oldFileImages()
{
    static constexpr std::array<OldFileImage, 17> images{{
        {"reg-files.img", "reg_file_entry", 1},
        {"pipes.img", "pipe_entry", 2},
        {"fifo.img", "fifo_entry", 3},
        {"inetsk.img", "inet_sk_entry", 4},
        {"unixsk.img", "unix_sk_entry", 5},
        {"eventfd.img", "eventfd_file_entry", 6},
        {"eventpoll.img", "eventpoll_file_entry", 7},
        {"inotify.img", "inotify_file_entry", 8},
        {"signalfd.img", "signalfd_entry", 9},
        {"packetsk.img", "packet_sock_entry", 10},
        {"tty.img", "tty_file_entry", 11},
        {"fanotify.img", "fanotify_file_entry", 12},
        {"netlinksk.img", "netlink_sk_entry", 13},
        {"ns-files.img", "ns_file_entry", 14},
        {"tunfile.img", "tunfile_entry", 15},
        {"ext-files.img", "ext_file_entry", 16},
        {"timerfd.img", "timerfd_entry", 17},
    }};
    return images;
}

} // namespace cryoscope
