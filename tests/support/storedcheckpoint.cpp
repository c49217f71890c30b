// SPDX-License-Identifier: Apache-2.0
#include "tests/support/storedcheckpoint.h"

#include "core/archive/decoder.h"
#include "core/archive/encoder.h"
#include "core/bytes/memorysource.h"
#include "tests/support/fail.h"
#include "tests/support/tarwriter.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace cryoscope::test
{

namespace
{

namespace fs = std::filesystem;

constexpr size_t tarBlockSize = 512;

std::string textOf(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        fail("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void putText(const fs::path &path, std::string_view text)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.flush())
        fail("cannot write " + path.string());
}

std::string nameOf(std::string_view text)
{
    text = text.substr(0, text.find('\0'));
    if (text.starts_with("./"))
        text.remove_prefix(2);
    if (text.ends_with('/'))
        text.remove_suffix(1);
    return std::string(text);
}

std::string encodedBy(std::string_view bytes, Codec codec)
{
    std::string out;
    const auto done = encodeStream(MemorySource("stream", asBytes(bytes)), codec,
                                   [&out](std::span<const std::byte> part) -> Result<void> {
                                       out += asText(part);
                                       return {};
                                   });
    if (!done)
        fail(done.error().describe());
    return out;
}

std::vector<StoredMember> readFolder(const fs::path &top)
{
    std::vector<fs::path> paths;
    for (const auto &entry : fs::recursive_directory_iterator(top))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<StoredMember> members;
    for (const fs::path &path : paths) {
        StoredMember member;
        member.name = fs::relative(path.parent_path(), top) / path.filename();
        if (member.name.starts_with("./"))
            member.name.erase(0, 2);
        if (fs::is_symlink(path)) {
            member.type = '2';
            member.link = fs::read_symlink(path);
        } else if (fs::is_directory(path)) {
            member.type = '5';
        } else {
            member.data = textOf(path);
        }
        members.push_back(std::move(member));
    }
    return members;
}

void writeFolder(const fs::path &top, const std::vector<StoredMember> &members)
{
    fs::create_directories(top);
    for (const StoredMember &member : members) {
        const fs::path path = top / member.name;
        fs::create_directories(path.parent_path());
        if (member.type == '2')
            fs::create_symlink(member.link, path);
        else if (member.type == '5')
            fs::create_directories(path);
        else
            putText(path, member.data);
    }
}

std::string joined(std::vector<StoredMember> members, const std::string &end)
{
    std::string out;
    for (StoredMember &member : members) {
        if (member.header.empty())
            member.header =
                TarWriter::header({.name = member.name, .type = member.type, .link = member.link});
        const std::string size = TarWriter::octal(member.data.size(), 12);
        if (member.header.compare(124, 11, size, 0, 11) != 0) {
            member.header.replace(124, size.size(), size);
            StoredCheckpoint::sign(member);
            member.padding.assign((tarBlockSize - member.data.size() % tarBlockSize) % tarBlockSize, '\0');
        }
        out += member.header + member.data + member.padding;
    }
    return out + end;
}

} // namespace

StoredCheckpoint StoredCheckpoint::ofTar(std::string_view bytes)
{
    StoredCheckpoint made;
    size_t at = 0;
    while (at + tarBlockSize <= bytes.size() && bytes[at] != '\0') {
        StoredMember member;
        member.header = bytes.substr(at, tarBlockSize);
        member.name = nameOf(member.header.substr(0, 100));
        member.type = member.header[156];
        member.link = nameOf(member.header.substr(157, 100));
        const size_t size = std::stoul(member.header.substr(124, 11), nullptr, 8);
        const size_t padding = (tarBlockSize - size % tarBlockSize) % tarBlockSize;
        if (std::string_view("0257").find(member.type) == std::string_view::npos ||
            bytes.size() - at - tarBlockSize < size + padding)
            fail("a tar with more than plain headers");
        member.data = bytes.substr(at + tarBlockSize, size);
        member.padding = bytes.substr(at + tarBlockSize + size, padding);
        at += tarBlockSize + size + padding;
        made.members.push_back(std::move(member));
    }
    made.end = bytes.substr(at);
    return made;
}

StoredCheckpoint StoredCheckpoint::read(const std::string &path, Form form)
{
    StoredCheckpoint made;
    if (form == Form::Directory) {
        made.members = readFolder(path);
    } else {
        const std::string bytes = textOf(path);
        made = ofTar(form == Form::TarZst ? decodedOf(bytes) : bytes);
        if (form == Form::Nested) {
            StoredCheckpoint inner = ofTar(std::as_const(made).at("pod.tar").data);
            inner.outer = std::move(made.members);
            inner.outerEnd = std::move(made.end);
            made = std::move(inner);
        }
    }
    made.form = form;
    return made;
}

std::string StoredCheckpoint::tar() const
{
    return joined(members, end);
}

void StoredCheckpoint::write(const std::string &path) const
{
    if (form == Form::Directory)
        return writeFolder(path, members);
    std::string bytes = tar();
    if (form == Form::Nested) {
        StoredCheckpoint around;
        around.members = outer;
        around.end = outerEnd;
        around.at("pod.tar").data = std::move(bytes);
        bytes = around.tar();
    }
    putText(path, (form == Form::TarZst ? zstdOf(bytes) : bytes) + behind);
}

StoredMember &StoredCheckpoint::at(std::string_view name)
{
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const StoredMember &member) { return member.name == name; });
    if (found == members.end())
        fail("no member " + std::string(name));
    return *found;
}

const StoredMember &StoredCheckpoint::at(std::string_view name) const
{
    return const_cast<StoredCheckpoint *>(this)->at(name);
}

void StoredCheckpoint::sign(StoredMember &member)
{
    if (!member.header.empty())
        TarWriter::sign(member.header);
}

std::string zstdOf(std::string_view bytes)
{
    return encodedBy(bytes, Codec::Zstd);
}

std::string gzipOf(std::string_view bytes)
{
    return encodedBy(bytes, Codec::Gzip);
}

std::string decodedOf(std::string_view bytes)
{
    const MemorySource source("stream", asBytes(bytes));
    const auto decoded = decodeStream(source, detectCodec(source), "decoded", uint64_t{1} << 30);
    if (!decoded || decoded->problem)
        fail("a stream does not decode");
    const auto whole = decoded->bytes->readAll(0, decoded->bytes->size());
    if (!whole)
        fail("a stream cannot be read");
    return std::string(asText(*whole));
}

} // namespace cryoscope::test
