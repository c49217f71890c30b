// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/image/dissection.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cryoscope
{

/// Finds what ids in the images of a checkpoint name: records by the value of a field, images by their
/// number. An image is indexed when something is looked up in it for the first time (some 24 bytes a record).
/// Thread-safe; the checkpoint must outlive it.
class LinkIndex
{
public:
    explicit LinkIndex(const Checkpoint &checkpoint) : m_checkpoint(checkpoint) {}

    [[nodiscard]] const Checkpoint &checkpoint() const { return m_checkpoint; }

    /// The member `prefix` + `fileName`, as a link; nothing if it is not there.
    [[nodiscard]] std::optional<DissectionLink> image(const std::string &prefix,
                                                      const std::string &fileName) const;

    /// The first place in image `prefix` + `fileName` where the field at `path` ("id", "pipe.pipe_id",
    /// "sets.id") has the value `key`: the record, and where the message that holds the field begins.
    [[nodiscard]] std::optional<DissectionLink> record(const std::string &prefix, const std::string &fileName,
                                                       std::string_view path, uint64_t key) const;

    /// Element `ordinal` of the repeated message at `path` in the first record.
    [[nodiscard]] std::optional<DissectionLink> element(const std::string &prefix,
                                                        const std::string &fileName, std::string_view path,
                                                        uint64_t ordinal) const;

    /// The file entry `id`: of files.img, else of the obsolete image of its kind.
    [[nodiscard]] std::optional<DissectionLink> file(const std::string &prefix, uint64_t id) const;

private:
    struct Place {
        uint64_t record = 0;
        uint64_t offset = 0; ///< of the message that holds the field
    };
    using Places = std::unordered_map<uint64_t, Place>;

    /// Opened once. Null if it is no image.
    [[nodiscard]] std::shared_ptr<const Image> opened(MemberId member) const;
    [[nodiscard]] std::shared_ptr<const Places> places(MemberId member, std::string_view path) const;
    [[nodiscard]] static Places read(const Image &image, std::string_view path);
    [[nodiscard]] std::string describe(MemberId member, const Place &place) const;

    const Checkpoint &m_checkpoint;
    mutable std::mutex m_mutex;
    mutable std::map<MemberId, std::shared_ptr<const Image>> m_images;
    mutable std::map<std::pair<MemberId, std::string>, std::shared_ptr<const Places>> m_places;
};

} // namespace cryoscope
