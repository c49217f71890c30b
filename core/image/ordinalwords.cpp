// SPDX-License-Identifier: Apache-2.0
// What the place of an element or record says about it.
#include "core/image/fieldwords.h"

#include <array>

namespace cryoscope
{

namespace
{

constexpr std::array<std::string_view, 16> limitNames{
    "RLIMIT_CPU",      "RLIMIT_FSIZE",  "RLIMIT_DATA",    "RLIMIT_STACK", "RLIMIT_CORE",  "RLIMIT_RSS",
    "RLIMIT_NPROC",    "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS",    "RLIMIT_LOCKS", "RLIMIT_SIGPENDING",
    "RLIMIT_MSGQUEUE", "RLIMIT_NICE",   "RLIMIT_RTPRIO",  "RLIMIT_RTTIME"};
constexpr std::array<std::string_view, 3> intervalTimers{
    "timer of real time", "timer of the task's own time",
    "timer of the task's own and the kernel's time for it"};
constexpr std::array<std::string_view, 4> semaphoreLimits{"semaphores of a set", "semaphores altogether",
                                                          "operations of a call", "sets"};
// CRIU copies the characters, a byte each, into the first of nineteen 32-bit elements.
constexpr std::array<std::string_view, 5> specialCharacters{
    "interrupt, quit, erase, kill", "end of file, time, least count, switch",
    "start, stop, suspend, end of line", "reprint, discard, erase word, literal next", "second end of line"};
// Settings of network devices, in the order in which CRIU stores them.
constexpr std::array<std::string_view, 30> settings4{"accept_local",
                                                     "accept_redirects",
                                                     "accept_source_route",
                                                     "arp_accept",
                                                     "arp_announce",
                                                     "arp_filter",
                                                     "arp_ignore",
                                                     "arp_notify",
                                                     "bootp_relay",
                                                     "disable_policy",
                                                     "disable_xfrm",
                                                     "force_igmp_version",
                                                     "forwarding",
                                                     "igmpv2_unsolicited_report_interval",
                                                     "igmpv3_unsolicited_report_interval",
                                                     "log_martians",
                                                     "medium_id",
                                                     "promote_secondaries",
                                                     "proxy_arp",
                                                     "proxy_arp_pvlan",
                                                     "route_localnet",
                                                     "rp_filter",
                                                     "secure_redirects",
                                                     "send_redirects",
                                                     "shared_media",
                                                     "src_valid_mark",
                                                     "tag",
                                                     "ignore_routes_with_linkdown",
                                                     "drop_gratuitous_arp",
                                                     "drop_unicast_in_l2_multicast"};
constexpr std::array<std::string_view, 42> settings6{"accept_dad",
                                                     "accept_ra",
                                                     "accept_ra_defrtr",
                                                     "accept_ra_from_local",
                                                     "accept_ra_min_hop_limit",
                                                     "accept_ra_mtu",
                                                     "accept_ra_pinfo",
                                                     "accept_ra_rt_info_max_plen",
                                                     "accept_ra_rtr_pref",
                                                     "accept_redirects",
                                                     "accept_source_route",
                                                     "autoconf",
                                                     "dad_transmits",
                                                     "disable_ipv6",
                                                     "drop_unicast_in_l2_multicast",
                                                     "drop_unsolicited_na",
                                                     "force_mld_version",
                                                     "force_tllao",
                                                     "forwarding",
                                                     "hop_limit",
                                                     "ignore_routes_with_linkdown",
                                                     "keep_addr_on_down",
                                                     "max_addresses",
                                                     "max_desync_factor",
                                                     "mldv1_unsolicited_report_interval",
                                                     "mldv2_unsolicited_report_interval",
                                                     "mtu",
                                                     "ndisc_notify",
                                                     "optimistic_dad",
                                                     "proxy_ndp",
                                                     "regen_max_retry",
                                                     "router_probe_interval",
                                                     "router_solicitation_delay",
                                                     "router_solicitation_interval",
                                                     "router_solicitations",
                                                     "stable_secret",
                                                     "suppress_frag_ndisc",
                                                     "temp_prefered_lft",
                                                     "temp_valid_lft",
                                                     "use_oif_addrs_only",
                                                     "use_optimistic",
                                                     "use_tempaddr"};

template <size_t count> std::string nameAt(const std::array<std::string_view, count> &names, size_t index)
{
    return index < count ? std::string(names[index]) : std::string();
}

/// Actions stand in the order of the signals, without SIGKILL and SIGSTOP.
std::string actionName(size_t index)
{
    constexpr size_t killed = 9;
    constexpr size_t stopped = 19;
    size_t signal = index + 1;
    if (signal >= killed)
        ++signal;
    if (signal >= stopped)
        ++signal;
    return signalName(signal);
}

} // namespace

std::string ordinalWords(const MessageType &message, const FieldType &type, size_t ordinal)
{
    if (message.name == "task_rlimits_entry" && type.name == "rlimits")
        return nameAt(limitNames, ordinal);
    if (message.name == "task_core_entry" && type.name == "sigactions")
        return actionName(ordinal);
    if (message.name == "ipc_var_entry" && type.name == "sem_ctls")
        return nameAt(semaphoreLimits, ordinal);
    if (message.name == "termios_entry" && type.name == "c_cc")
        return ordinal < specialCharacters.size() ? std::string(specialCharacters[ordinal]) + ", a byte each"
                                                  : "not set by CRIU: what stood there in its own memory";
    if (message.name == "net_device_entry" || message.name == "netns_entry") {
        if (type.name.ends_with("conf4") || type.name == "def_conf" || type.name == "all_conf")
            return nameAt(settings4, ordinal);
        if (type.name.ends_with("conf6"))
            return nameAt(settings6, ordinal);
        if (type.name == "conf") // of old sets: plain numbers
            return nameAt(settings4, ordinal);
        if (type.name == "unix_conf")
            return ordinal == 0 ? "max_dgram_qlen" : std::string();
    }
    return {};
}

std::string recordWords(std::string_view imageType, size_t record)
{
    if (imageType == "SIGACT")
        return actionName(record);
    if (imageType == "RLIMIT")
        return nameAt(limitNames, record);
    if (imageType == "ITIMERS")
        return nameAt(intervalTimers, record);
    return {};
}

} // namespace cryoscope
