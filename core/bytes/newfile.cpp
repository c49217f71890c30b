// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/newfile.h"

#include "core/base/hash.h"
#include "core/bytes/filesource.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cryoscope
{

Result<void> writeNewFile(const std::string &path, std::string_view text)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error{errno == EEXIST ? ErrorCode::OutputExists : ErrorCode::OutputUnwritable,
                     std::strerror(errno), path, std::nullopt};
    bool written = true;
    while (written && !text.empty()) {
        const ssize_t put = ::write(descriptor, text.data(), text.size());
        written = put > 0 || (put < 0 && errno == EINTR);
        text.remove_prefix(put > 0 ? static_cast<size_t>(put) : 0);
    }
    written = written && ::fsync(descriptor) == 0;
    const Error error{ErrorCode::OutputUnwritable, std::strerror(errno), path, std::nullopt};
    ::close(descriptor);
    if (written)
        return {};
    ::unlink(path.c_str());
    return error;
}

Result<std::string> readWholeFile(const std::string &path, uint64_t maxBytes)
{
    const auto file = FileSource::open(path);
    if (!file)
        return file.error();
    const auto bytes = (*file)->readWhole(maxBytes);
    if (!bytes)
        return bytes.error();
    return std::string(asText(*bytes));
}

} // namespace cryoscope
