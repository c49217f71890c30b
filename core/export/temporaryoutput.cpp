// SPDX-License-Identifier: Apache-2.0
#include "core/export/temporaryoutput.h"

#include "core/base/hash.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

namespace
{

constexpr std::string_view infix = ".cryoscope-";
constexpr size_t suffixLength = 6;

struct Split {
    std::string directory; ///< "." or with what was given
    std::string name;
};

Split split(std::string path)
{
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Error cannotMake(const std::string &path)
{
    return {errno == EEXIST ? ErrorCode::OutputExists : ErrorCode::OutputUnwritable,
            std::strerror(errno),
            path,
            {}};
}

void removeTree(const std::string &path)
{
    std::error_code ignored; // best effort: there is nobody left to tell, and symlinks are not followed
    std::filesystem::remove_all(path, ignored);
}

/// Opens without following a symlink that someone may have put there.
int openPlace(const std::string &path)
{
    return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/// Removes what killed exports of the same user to the same name left.
void removeLeftovers(const Split &output)
{
    const std::string prefix = "." + output.name + std::string(infix);
    std::error_code error;
    std::filesystem::directory_iterator entries(output.directory, error);
    std::string leftover;
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        const std::string name = entries->path().filename().string();
        if (!name.starts_with(prefix) || name.size() != prefix.size() + suffixLength)
            continue;
        const std::string path = output.directory + "/" + name;
        const int descriptor = openPlace(path);
        if (descriptor < 0)
            continue;
        struct stat status {
        };
        const bool ours = ::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid() &&
                          (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode));
        if (ours && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) // taken: its export is still running
            removeTree(path);
        ::close(descriptor);
    }
}

std::string randomSuffix()
{
    return toHex(asBytes(randomBytes(suffixLength / 2)));
}

} // namespace

Result<std::unique_ptr<TemporaryOutput>> TemporaryOutput::make(const std::string &output, Kind kind)
{
    const Split place = split(output);
    if (place.name.empty() || place.name == "." || place.name == ".." || place.name == "/")
        return Error{ErrorCode::OutputUnwritable, "not a name for an export", output, {}};
    struct stat there {
    };
    if (::lstat((place.directory + "/" + place.name).c_str(), &there) == 0)
        return Error{ErrorCode::OutputExists, "there is something already", output, {}};
    removeLeftovers(place);
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::string path = place.directory + "/." + place.name + std::string(infix) + randomSuffix();
        int descriptor = -1;
        if (kind == Kind::Directory) {
            if (::mkdir(path.c_str(), 0700) == 0) {
                descriptor = openPlace(path);
                if (descriptor < 0) {
                    const Error error = cannotMake(output);
                    ::rmdir(path.c_str());
                    return error;
                }
            }
        } else {
            descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        }
        if (descriptor < 0) {
            if (errno == EEXIST)
                continue;
            return cannotMake(output);
        }
        std::unique_ptr<TemporaryOutput> made(
            new TemporaryOutput(place.directory + "/" + place.name, path, descriptor));
        // Between making and locking another export could take it for a leftover; then it is gone or locked.
        struct stat now {
        };
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || ::lstat(path.c_str(), &now) != 0) {
            made->m_path.clear();
            continue;
        }
        return made;
    }
    return Error{ErrorCode::OutputUnwritable, "no free temporary name", output, {}};
}

TemporaryOutput::~TemporaryOutput()
{
    if (!m_path.empty())
        removeTree(m_path);
    ::close(m_descriptor);
}

Result<void> TemporaryOutput::sync() const
{
    std::vector<std::string> paths{m_path};
    std::error_code error;
    if (std::filesystem::is_directory(m_path, error)) {
        std::filesystem::recursive_directory_iterator entries(m_path, error);
        for (; !error && entries != std::filesystem::recursive_directory_iterator();
             entries.increment(error)) {
            const auto type = entries->symlink_status(error).type();
            if (type == std::filesystem::file_type::regular || type == std::filesystem::file_type::directory)
                paths.push_back(entries->path().string());
        }
    }
    if (error)
        return Error{ErrorCode::OutputUnwritable, error.message(), m_path, std::nullopt};
    for (const std::string &path : paths) {
        const int descriptor = openPlace(path);
        const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
        const Error failed{ErrorCode::OutputUnwritable, std::strerror(errno), path, std::nullopt};
        if (descriptor >= 0)
            ::close(descriptor);
        if (!synced)
            return failed;
    }
    return {};
}

Result<void> TemporaryOutput::publish()
{
    if (::renameat2(AT_FDCWD, m_path.c_str(), AT_FDCWD, m_output.c_str(), RENAME_NOREPLACE) != 0)
        return cannotMake(m_output);
    m_path.clear();
    const int directory = ::open(split(m_output).directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        (void)::fsync(directory); // some file systems refuse it; the export itself is there
        ::close(directory);
    }
    return {};
}

} // namespace cryoscope
