// SPDX-License-Identifier: Apache-2.0
#include "core/image/netlinktables.h"

namespace cryoscope
{

namespace
{

using enum NetlinkValue;

constexpr NetlinkField addressFixed[] = {
    {"family", 1}, {"prefix length", 1}, {"flags", 1}, {"scope", 1}, {"interface", 4}};
constexpr NetlinkField routeFixed[] = {
    {"family", 1}, {"destination length", 1}, {"source length", 1}, {"tos", 1},
    {"table", 1},  {"protocol", 1},           {"scope", 1},         {"type", 1},
    {"flags", 4}};
constexpr NetlinkField ruleFixed[] = {
    {"family", 1},   {"destination length", 1}, {"source length", 1}, {"tos", 1},  {"table", 1},
    {"reserved", 1}, {"reserved", 1},           {"action", 1},        {"flags", 4}};
constexpr NetlinkField filterFixed[] = {{"family", 1}, {"version", 1}, {"resource", 2}};

// Lifetimes in seconds, stamps in hundredths of a second since boot.
constexpr NetlinkField addressCache[] = {
    {"preferred lifetime", 4}, {"valid lifetime", 4}, {"created", 4}, {"updated", 4}};
constexpr NetlinkField routeCache[] = {{"references", 4}, {"last use", 4}, {"expires", 4}, {"error", 4},
                                       {"used", 4},       {"id", 4},       {"stamp", 4},   {"age", 4}};

constexpr NetlinkAttribute addressAttributes[] = {{1, "address", Address},
                                                  {2, "local address", Address},
                                                  {3, "label", Text},
                                                  {4, "broadcast", Address},
                                                  {5, "anycast", Address},
                                                  {6, "cache info", Parts, {}, addressCache},
                                                  {7, "multicast", Address},
                                                  {8, "flags", Number},
                                                  {9, "route priority", Number},
                                                  {10, "target netns id", Number},
                                                  {11, "protocol", Number}};
constexpr NetlinkAttribute metrics[] = {{1, "lock", Number},
                                        {2, "mtu", Number},
                                        {3, "window", Number},
                                        {4, "rtt", Number},
                                        {5, "rtt variance", Number},
                                        {6, "slow start threshold", Number},
                                        {7, "congestion window", Number},
                                        {8, "advertised mss", Number},
                                        {9, "reordering", Number},
                                        {10, "hop limit", Number},
                                        {11, "initial window", Number},
                                        {12, "features", Number},
                                        {13, "minimal rto", Number},
                                        {14, "initial receive window", Number},
                                        {15, "quick ack", Number},
                                        {16, "congestion algorithm", Text}};
constexpr NetlinkAttribute routeAttributes[] = {{1, "destination", Address},
                                                {2, "source", Address},
                                                {3, "input interface", Number},
                                                {4, "output interface", Number},
                                                {5, "gateway", Address},
                                                {6, "priority", Number},
                                                {7, "preferred source", Address},
                                                {8, "metrics", Nested, metrics},
                                                {9, "multipath"},
                                                {11, "flow", Number},
                                                {12, "cache info", Parts, {}, routeCache},
                                                {15, "table", Number},
                                                {16, "mark", Number},
                                                {17, "multicast statistics"},
                                                {18, "via"},
                                                {19, "new destination"},
                                                {20, "preference", Number},
                                                {21, "encapsulation type", Number},
                                                {22, "encapsulation"},
                                                {23, "expires", Number},
                                                {24, "padding"},
                                                {25, "uid", Number},
                                                {26, "ttl propagation", Number},
                                                {27, "ip protocol", Number},
                                                {28, "source port", NetworkNumber},
                                                {29, "destination port", NetworkNumber},
                                                {30, "next hop id", Number}};
constexpr NetlinkAttribute ruleAttributes[] = {{1, "destination", Address},
                                               {2, "source", Address},
                                               {3, "input interface name", Text},
                                               {4, "goto", Number},
                                               {6, "priority", Number},
                                               {10, "mark", Number},
                                               {11, "flow", Number},
                                               {12, "tunnel id", NetworkNumber},
                                               {13, "suppressed interface group", Number},
                                               {14, "suppressed prefix length", Number},
                                               {15, "table", Number},
                                               {16, "mark mask", Number},
                                               {17, "output interface name", Text},
                                               {18, "padding"},
                                               {19, "l3 master device", Number},
                                               {20, "uid range"},
                                               {21, "protocol", Number},
                                               {22, "ip protocol", Number},
                                               {23, "source ports"},
                                               {24, "destination ports"}};

constexpr NetlinkAttribute tupleIp[] = {{1, "IPv4 source", Address},
                                        {2, "IPv4 destination", Address},
                                        {3, "IPv6 source", Address},
                                        {4, "IPv6 destination", Address}};
constexpr NetlinkAttribute tupleProtocol[] = {{1, "protocol", Number},
                                              {2, "source port", NetworkNumber},
                                              {3, "destination port", NetworkNumber},
                                              {4, "ICMP id", NetworkNumber},
                                              {5, "ICMP type", Number},
                                              {6, "ICMP code", Number},
                                              {7, "ICMPv6 id", NetworkNumber},
                                              {8, "ICMPv6 type", Number},
                                              {9, "ICMPv6 code", Number}};
constexpr NetlinkAttribute tuple[] = {
    {1, "addresses", Nested, tupleIp}, {2, "protocol", Nested, tupleProtocol}, {3, "zone", NetworkNumber}};
constexpr NetlinkAttribute tcpInfo[] = {{1, "state", Number},
                                        {2, "window scale, original", Number},
                                        {3, "window scale, reply", Number},
                                        {4, "flags, original"},
                                        {5, "flags, reply"}};
constexpr NetlinkAttribute dccpInfo[] = {
    {1, "state", Number}, {2, "role", Number}, {3, "handshake sequence", NetworkNumber}};
constexpr NetlinkAttribute sctpInfo[] = {
    {1, "state", Number}, {2, "tag, original", NetworkNumber}, {3, "tag, reply", NetworkNumber}};
constexpr NetlinkAttribute protocolInfo[] = {
    {1, "TCP", Nested, tcpInfo}, {2, "DCCP", Nested, dccpInfo}, {3, "SCTP", Nested, sctpInfo}};
constexpr NetlinkAttribute help[] = {{1, "helper", Text}, {2, "info"}};
constexpr NetlinkAttribute natProtocol[] = {{1, "lowest port", NetworkNumber},
                                            {2, "highest port", NetworkNumber}};
constexpr NetlinkAttribute nat[] = {{1, "lowest IPv4", Address},
                                    {2, "highest IPv4", Address},
                                    {3, "ports", Nested, natProtocol},
                                    {4, "lowest IPv6", Address},
                                    {5, "highest IPv6", Address}};
constexpr NetlinkAttribute counters[] = {{1, "packets", NetworkNumber},
                                         {2, "bytes", NetworkNumber},
                                         {3, "packets, 32 bits", NetworkNumber},
                                         {4, "bytes, 32 bits", NetworkNumber}};
constexpr NetlinkAttribute sequence[] = {{1, "correction position", NetworkNumber},
                                         {2, "offset before", NetworkNumber},
                                         {3, "offset after", NetworkNumber}};
constexpr NetlinkAttribute security[] = {{1, "context", Text}};
constexpr NetlinkAttribute timestamps[] = {{1, "start", NetworkNumber}, {2, "stop", NetworkNumber}};
constexpr NetlinkAttribute connectionAttributes[] = {{1, "original tuple", Nested, tuple},
                                                     {2, "reply tuple", Nested, tuple},
                                                     {3, "status", NetworkNumber},
                                                     {4, "protocol info", Nested, protocolInfo},
                                                     {5, "help", Nested, help},
                                                     {6, "source NAT", Nested, nat},
                                                     {7, "timeout", NetworkNumber},
                                                     {8, "mark", NetworkNumber},
                                                     {9, "counters, original", Nested, counters},
                                                     {10, "counters, reply", Nested, counters},
                                                     {11, "uses", NetworkNumber},
                                                     {12, "id", NetworkNumber},
                                                     {13, "destination NAT", Nested, nat},
                                                     {14, "master tuple", Nested, tuple},
                                                     {15, "sequence adjustment, original", Nested, sequence},
                                                     {16, "sequence adjustment, reply", Nested, sequence},
                                                     {17, "security mark", NetworkNumber},
                                                     {18, "zone", NetworkNumber},
                                                     {19, "security context", Nested, security},
                                                     {20, "timestamps", Nested, timestamps},
                                                     {21, "mark mask", NetworkNumber},
                                                     {22, "labels"},
                                                     {23, "label mask"},
                                                     {24, "syn proxy"},
                                                     {25, "filter"},
                                                     {26, "status mask", NetworkNumber}};
constexpr NetlinkAttribute expectationNat[] = {{1, "direction", NetworkNumber}, {2, "tuple", Nested, tuple}};
constexpr NetlinkAttribute expectationAttributes[] = {
    {1, "master tuple", Nested, tuple},  {2, "tuple", Nested, tuple}, {3, "mask", Nested, tuple},
    {4, "timeout", NetworkNumber},       {5, "id", NetworkNumber},    {6, "helper", Text},
    {7, "zone", NetworkNumber},          {8, "flags", NetworkNumber}, {9, "class", NetworkNumber},
    {10, "NAT", Nested, expectationNat}, {11, "function", Text}};

struct Word {
    std::string_view field;
    uint64_t value;
    std::string_view word;
};
constexpr Word words[] = {{"family", 2, "IPv4"},
                          {"family", 10, "IPv6"},
                          {"family", 0, "any"},
                          {"family", 28, "MPLS"},
                          {"scope", 0, "global"},
                          {"scope", 200, "site"},
                          {"scope", 253, "link"},
                          {"scope", 254, "host"},
                          {"scope", 255, "nowhere"},
                          {"table", 253, "default"},
                          {"table", 254, "main"},
                          {"table", 255, "local"},
                          {"table", 252, "compatible: see the attribute"},
                          {"protocol", 2, "kernel"},
                          {"protocol", 3, "boot"},
                          {"protocol", 4, "static"},
                          {"protocol", 9, "router advertisement"},
                          {"protocol", 16, "dhcp"},
                          {"type", 1, "unicast"},
                          {"type", 2, "local"},
                          {"type", 3, "broadcast"},
                          {"type", 4, "anycast"},
                          {"type", 5, "multicast"},
                          {"type", 6, "blackhole"},
                          {"type", 7, "unreachable"},
                          {"type", 8, "prohibit"},
                          {"action", 1, "to table"},
                          {"action", 2, "goto"},
                          {"action", 6, "blackhole"},
                          {"action", 7, "unreachable"},
                          {"action", 8, "prohibit"}};
constexpr Word connectionWords[] = {
    {"protocol", 1, "ICMP"},      {"protocol", 6, "TCP"},      {"protocol", 17, "UDP"},
    {"protocol", 58, "ICMPv6"},   {"protocol", 132, "SCTP"},   {"state", 1, "SYN sent"},
    {"state", 2, "SYN received"}, {"state", 3, "established"}, {"state", 4, "FIN wait"},
    {"state", 5, "close wait"},   {"state", 6, "last ACK"},    {"state", 7, "time wait"},
    {"state", 8, "closed"}};

struct Flag {
    uint64_t bit;
    std::string_view word;
};
constexpr Flag addressFlags[] = {{1, "secondary"},
                                 {2, "no duplicate detection"},
                                 {4, "optimistic"},
                                 {8, "duplicate"},
                                 {0x10, "home address"},
                                 {0x20, "deprecated"},
                                 {0x40, "tentative"},
                                 {0x80, "permanent"},
                                 {0x100, "makes temporary addresses"},
                                 {0x200, "no route of its prefix"},
                                 {0x400, "joins multicast groups"},
                                 {0x800, "stable and private"}};
constexpr Flag routeFlags[] = {{1, "dead"},       {2, "pervasive"},     {4, "on link"},
                               {8, "offloaded"},  {0x10, "link down"},  {0x100, "notifies"},
                               {0x200, "cloned"}, {0x400, "equalizes"}, {0x800, "prefix"}};
constexpr Flag connectionStatus[] = {{1, "expected"},
                                     {2, "reply seen"},
                                     {4, "assured"},
                                     {8, "confirmed"},
                                     {0x10, "source translated"},
                                     {0x20, "destination translated"},
                                     {0x40, "sequence adjusted"},
                                     {0x80, "source translation done"},
                                     {0x100, "destination translation done"},
                                     {0x200, "dying"},
                                     {0x400, "fixed timeout"},
                                     {0x800, "template"},
                                     {0x2000, "helper"},
                                     {0x4000, "offloaded"}};

std::string flagWords(std::span<const Flag> flags, uint64_t value)
{
    std::string out;
    for (const Flag &flag : flags) {
        if ((value & flag.bit) != 0)
            out += (out.empty() ? "" : ", ") + std::string(flag.word);
    }
    return out;
}

std::string find(std::span<const Word> table, std::string_view field, uint64_t value)
{
    for (const Word &word : table) {
        if (word.field == field && word.value == value)
            return std::string(word.word);
    }
    return {};
}

} // namespace

const NetlinkLayout &netlinkAddresses()
{
    static constexpr NetlinkLayout layout{"address", 0x47361222, 20, addressFixed, addressAttributes, true};
    return layout;
}

const NetlinkLayout &netlinkRoutes()
{
    static constexpr NetlinkLayout layout{"route", 0x45311224, 24, routeFixed, routeAttributes, true};
    return layout;
}

const NetlinkLayout &netlinkRules()
{
    static constexpr NetlinkLayout layout{"rule", 0x71706986, 32, ruleFixed, ruleAttributes, true};
    return layout;
}

const NetlinkLayout &netlinkConnections()
{
    static constexpr NetlinkLayout layout{"connection", 0, 1 << 8, filterFixed, connectionAttributes, false};
    return layout;
}

const NetlinkLayout &netlinkExpectations()
{
    static constexpr NetlinkLayout layout{"expectation",         0,    2 << 8, filterFixed,
                                          expectationAttributes, false};
    return layout;
}

std::string netlinkFieldWords(std::string_view what, std::string_view field, uint64_t value)
{
    if (field == "flags")
        return what == "address" ? flagWords(addressFlags, value)
               : what == "route" ? flagWords(routeFlags, value)
                                 : std::string();
    if (field.ends_with("lifetime"))
        return value == 0xffffffff ? "for ever" : "seconds";
    if (field == "protocol" && what != "route")
        return {};
    return find(words, field, value);
}

std::string netlinkAttributeWords(std::string_view what, std::string_view name, uint64_t value)
{
    if (what == "connection" || what == "expectation")
        return name == "status" ? flagWords(connectionStatus, value) : find(connectionWords, name, value);
    if (what == "address" && name == "flags")
        return flagWords(addressFlags, value);
    if (what == "rule" && name == "suppressed prefix length")
        return value == 0xffffffff ? "none" : std::string();
    return name == "table" || (what == "rule" && name == "protocol") ? find(words, name, value)
                                                                     : std::string();
}

} // namespace cryoscope
