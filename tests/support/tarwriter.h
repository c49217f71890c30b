// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cryoscope::test
{

/// How a tar header says what it is.
enum class TarMagic {
    Ustar, ///< POSIX: "ustar", NUL, "00"
    Gnu,   ///< "ustar", two spaces, NUL
    None   ///< before POSIX
};

/// What one header says; written as it stands here, whether it makes sense or not.
struct TarEntry {
    std::string name = {}; // initialized, as all here, so that calls may leave them out
    char type = '0';
    std::string data = {}; ///< written behind the header, padded
    std::string link = {};
    std::string prefix = {};
    uint32_t mode = 0644;
    uint64_t uid = 0;
    uint64_t gid = 0;
    int64_t mtime = 0;
    uint64_t deviceMajor = 0;
    uint64_t deviceMinor = 0;
    TarMagic magic = TarMagic::Ustar;
    std::optional<uint64_t> size = {}; ///< what the header says, if that is not data.size()
};

/// Writes tars to the byte, in the order of the calls:
///
///     TarWriter().directory("d").longName(name).file("cut", "content").pax({{"path", "x"}}).file("y",
///     "").bytes()
class TarWriter
{
public:
    using Records = std::vector<std::pair<std::string, std::string>>;

    TarWriter &add(const TarEntry &entry);
    TarWriter &file(const std::string &name, std::string data)
    {
        return add({.name = name, .type = '0', .data = std::move(data)});
    }
    TarWriter &directory(const std::string &name)
    {
        return add({.name = name + "/", .type = '5', .mode = 0755});
    }
    TarWriter &symlink(const std::string &name, const std::string &target)
    {
        return add({.name = name, .type = '2', .link = target, .mode = 0777});
    }
    TarWriter &hardLink(const std::string &name, const std::string &target)
    {
        return add({.name = name, .type = '1', .link = target});
    }
    /// GNU's header for the name (or the link target) of the entry that follows.
    TarWriter &longName(const std::string &name);
    TarWriter &longLink(const std::string &target);
    /// POSIX's header with records about the entry that follows, or (global) about all that follow.
    TarWriter &pax(const Records &records) { return pax('x', paxRecords(records)); }
    TarWriter &globalPax(const Records &records) { return pax('g', paxRecords(records)); }
    TarWriter &pax(char type, const std::string &records);
    TarWriter &raw(std::string_view bytes);

    /// What has been written, with the two closing blocks.
    [[nodiscard]] std::string bytes() const { return m_bytes + std::string(1024, '\0'); }
    /// Without them.
    [[nodiscard]] const std::string &open() const { return m_bytes; }
    /// Bytes so far: where the next header begins.
    [[nodiscard]] uint64_t size() const { return m_bytes.size(); }

    /// One block.
    [[nodiscard]] static std::string header(const TarEntry &entry);
    /// Makes the checksum of a header fit again; of signed characters, as some old writers summed them.
    static void sign(std::string &header, bool asSigned = false);
    /// "LENGTH KEY=VALUE\n" of each.
    [[nodiscard]] static std::string paxRecords(const Records &records);
    /// A number of `width` bytes in GNU's base 256.
    [[nodiscard]] static std::string base256(int64_t value, size_t width);
    /// An octal number and a NUL.
    [[nodiscard]] static std::string octal(uint64_t value, size_t width);

private:
    std::string m_bytes;
};

} // namespace cryoscope::test
