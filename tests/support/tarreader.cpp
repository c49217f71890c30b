// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tarreader.h"

#include "tests/support/fail.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace cryoscope::test
{

std::map<std::string, std::string> readTar(const std::string &path)
{
    const std::unique_ptr<archive, int (*)(archive *)> reader(archive_read_new(), archive_read_free);
    archive_read_support_filter_all(reader.get());
    archive_read_support_format_tar(reader.get());
    if (archive_read_open_filename(reader.get(), path.c_str(), size_t{1} << 16) != ARCHIVE_OK)
        fail("cannot open " + path);
    std::map<std::string, std::string> files;
    archive_entry *entry = nullptr;
    int state = ARCHIVE_OK;
    while ((state = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        std::string name = archive_entry_pathname(entry);
        if (name.starts_with("./"))
            name.erase(0, 2);
        std::string content(static_cast<size_t>(archive_entry_size(entry)), '\0');
        if (archive_read_data(reader.get(), content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size()))
            fail("cannot read " + name + " of " + path);
        files[name] = std::move(content);
    }
    if (state != ARCHIVE_EOF)
        fail("cannot read " + path);
    return files;
}

} // namespace cryoscope::test
