// SPDX-License-Identifier: Apache-2.0
#include "core/export/directorywriter.h"

#include "core/base/checked.h"
#include "core/export/outputerror.h"
#include "core/export/patchwriter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

constexpr uint64_t copiedAtOnce = uint64_t{1} << 20;

/// Closes a descriptor; -1 is none.
class Descriptor
{
public:
    explicit Descriptor(int descriptor) : m_descriptor(descriptor) {}
    ~Descriptor()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

bool staysWithin(std::string_view path)
{
    if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos)
        return false;
    while (!path.empty()) {
        const size_t slash = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, slash);
        if (name.empty() || name == "." || name == "..")
            return false;
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return true;
}

/// All directories above `path`, which stays within `root`. None of them can be a symlink of ours: those are
/// made last.
Result<void> makeParents(const std::string &root, const std::string &path)
{
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string directory = root + "/" + path.substr(0, slash);
        if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
            return unwritable(directory);
    }
    return {};
}

class FileCopy
{
public:
    FileCopy(const ByteSource &source, int target, const std::string &path)
        : m_source(source), m_target(target), m_path(path)
    {
    }

    Result<void> run(int from, Progress *progress, const std::stop_token &stop)
    {
        const uint64_t size = m_source.size();
        if (from >= 0 && size > 0 && isWhole(from, size) && ::ioctl(m_target, FICLONE, from) == 0) {
            if (progress)
                progress->advance(size);
            return {};
        }
        if (::ftruncate(m_target, static_cast<off_t>(size)) != 0)
            return unwritable(m_path);
        bool inKernel = from >= 0 && isWhole(from, size);
        std::vector<std::byte> buffer;
        for (uint64_t at = 0; at < size;) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_path, {}};
            const uint64_t data = std::min(std::max(m_source.nextData(at), at), size);
            if (data > at) { // a hole stays one
                if (progress)
                    progress->advance(data - at);
                at = data;
                continue;
            }
            const uint64_t length = std::min(copiedAtOnce, size - at);
            if (inKernel) {
                const auto copied = copyInKernel(from, at, length);
                if (copied > 0) {
                    at += copied;
                    if (progress)
                        progress->advance(copied);
                    continue;
                }
                inKernel = false;
            }
            buffer.resize(length);
            if (auto read = m_source.read(at, buffer); !read)
                return read;
            if (auto written = writeAt(m_target, at, buffer, m_path); !written)
                return written;
            at += length;
            if (progress)
                progress->advance(length);
        }
        return {};
    }

private:
    /// The descriptor is that of all the source's bytes, not of a file that holds them somewhere.
    static bool isWhole(int from, uint64_t size)
    {
        struct stat status {
        };
        return ::fstat(from, &status) == 0 && static_cast<uint64_t>(status.st_size) == size;
    }

    /// Bytes copied; 0: not possible here.
    uint64_t copyInKernel(int from, uint64_t at, uint64_t length)
    {
        off_t in = static_cast<off_t>(at);
        off_t out = in;
        const ssize_t copied = ::copy_file_range(from, &in, m_target, &out, length, 0);
        return copied > 0 ? static_cast<uint64_t>(copied) : 0;
    }

    const ByteSource &m_source;
    int m_target;
    const std::string &m_path;
};

Result<void> writeFile(const Member &member, std::span<const Patch> patches, const std::string &path,
                       const DescriptorOf &descriptorOf, Progress *progress, const std::stop_token &stop)
{
    if (!member.content)
        return Error{ErrorCode::InputUnreadable, "has no readable content", member.path, {}};
    for (const Patch &patch : patches) {
        if (!inBounds(patch.offset, patch.length(), member.content->size()))
            return Error{ErrorCode::InputMalformed, "a redaction lies outside of the member", member.path,
                         patch.offset};
    }
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0)
        return unwritable(path);
    const int from = descriptorOf ? descriptorOf(*member.content) : -1;
    if (auto copied = FileCopy(*member.content, file.get(), path).run(from, progress, stop); !copied)
        return copied;
    for (const Patch &patch : patches) {
        if (auto written = writePatch(file.get(), patch, path); !written)
            return written;
    }
    const timespec times[2] = {{member.mtime, 0}, {member.mtime, 0}};
    if (::futimens(file.get(), times) != 0)
        return unwritable(path);
    return {};
}

} // namespace

Result<void> writeDirectory(std::span<const Member> members,
                            const std::map<MemberId, std::vector<Patch>> &patches,
                            const std::string &directory, const DescriptorOf &descriptorOf,
                            Progress *progress, std::stop_token stop)
{
    std::vector<const Member *> links;
    for (const Member &member : members) {
        if (stop.stop_requested())
            return Error{ErrorCode::Cancelled, "cancelled", directory, {}};
        if (!staysWithin(member.path))
            return Error{ErrorCode::InputMalformed, "the path leads out of the export", member.path, {}};
        if (auto made = makeParents(directory, member.path); !made)
            return made;
        const std::string path = directory + "/" + member.path;
        const auto patched = patches.find(member.id);
        if (patched != patches.end() && member.kind != MemberKind::File)
            return Error{ErrorCode::Internal, "a redaction of something that is no file", member.path, {}};
        switch (member.kind) {
        case MemberKind::File: {
            const std::span<const Patch> own =
                patched == patches.end() ? std::span<const Patch>() : std::span<const Patch>(patched->second);
            if (auto written = writeFile(member, own, path, descriptorOf, progress, stop); !written)
                return written;
            break;
        }
        case MemberKind::Directory:
            if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
                return unwritable(path);
            break;
        case MemberKind::Symlink:
            links.push_back(&member);
            break;
        default:
            return Error{
                ErrorCode::Unsupported, "neither a file, a directory nor a symbolic link", member.path, {}};
        }
    }
    // Last, so that nothing was written through one.
    for (const Member *link : links) {
        const std::string path = directory + "/" + link->path;
        const std::string &target = link->followedTo.empty() ? link->linkTarget : link->followedTo;
        if (::symlink(target.c_str(), path.c_str()) != 0)
            return unwritable(path);
    }
    return {};
}

} // namespace cryoscope
