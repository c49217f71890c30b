// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope::test
{

/// One file, folder or link as a checkpoint stores it.
struct StoredMember {
    std::string name;    ///< without a leading "./" or a slash at the end
    char type = '0';     ///< as in a tar header: '0' file, '2' symlink, '5' folder
    std::string link;    ///< target of a symlink
    std::string data;    ///< of a file
    std::string header;  ///< in a tar: the block before `data`
    std::string padding; ///< in a tar: what fills the last block
};

/// A checkpoint taken apart into what it stores, so that a test can change anything of it and put it together
/// again. Knows plain headers of 512 bytes only, and uses none of the program's own readers of archives.
class StoredCheckpoint
{
public:
    enum class Form { Directory, Tar, TarZst, Nested };

    /// The members of an export or of evidence. Nested: those of the tar "pod.tar" in a tar. Aborts the test
    /// if it cannot be read.
    static StoredCheckpoint read(const std::string &path, Form form);
    /// The members of a plain tar.
    static StoredCheckpoint ofTar(std::string_view bytes);

    /// Writes it where nothing is.
    void write(const std::string &path) const;
    /// The members as a plain tar; what their headers say of sizes is made to fit first.
    [[nodiscard]] std::string tar() const;

    /// The member of this name; aborts the test if there is none.
    [[nodiscard]] StoredMember &at(std::string_view name);
    [[nodiscard]] const StoredMember &at(std::string_view name) const;

    /// Makes the checksum of a member's header, if it has one, fit what it says.
    static void sign(StoredMember &member);

    Form form = Form::Tar;
    std::vector<StoredMember> members;
    std::string end;                 ///< of a tar: all behind the last member
    std::vector<StoredMember> outer; ///< Nested: of the tar around it
    std::string outerEnd;
    std::string behind; ///< is written behind the archive, as it is
};

/// Compressed, and back. Abort the test if it fails.
[[nodiscard]] std::string zstdOf(std::string_view bytes);
[[nodiscard]] std::string gzipOf(std::string_view bytes);
[[nodiscard]] std::string decodedOf(std::string_view bytes);

} // namespace cryoscope::test
