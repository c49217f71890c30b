// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/problemlimit.h"
#include "core/checkpoint/checkpoint.h"

#include <functional>
#include <set>
#include <stop_token>
#include <string>

namespace cryoscope
{

/// Builds a Checkpoint from the images of an archive. What is wrong with one image becomes a Problem; the
/// rest is read.
class CheckpointLoader
{
public:
    /// Errors as Checkpoint::open, without those of Archive::open. `set`: as Checkpoint::OpenOptions::set.
    static Result<std::shared_ptr<const Checkpoint>>
    load(std::shared_ptr<const Archive> archive, const std::optional<std::string> &set, std::stop_token stop);

private:
    explicit CheckpointLoader(std::shared_ptr<const Archive> archive);

    Result<void> findImageSet(const std::optional<std::string> &wanted);
    /// Prefix of the first image that is there, with `prefix` as its prefix if that is given.
    [[nodiscard]] std::optional<std::string> anyImage(const std::string *prefix) const;
    void readContainers();
    void readInventory();
    void readFiles();
    void readMemfds();
    void nameFiles();
    void namePathsOfOthers();
    void readTasks();
    /// Of a pre-dump, the processes whose memory is there; false if the set is none.
    bool addTasksOfPreDump();
    void readCore(Task &task);
    void readThreads(Task &task, const std::vector<uint64_t> &tids);
    void readDescriptors(Task &task);
    void readMm(Task &task);
    void readVmas(Task &task, const Message &mm, const Member &member);
    void readVma(Task &task, const Message &entry, const Member &member);
    void decodePages();
    void listPagemaps();
    void checkOtherImages();
    void readVersion();

    /// How much it matters that an image is not there.
    enum class Absence { Fine, Problem };
    /// Calls `visit` with each record's message of the set's image `fileName`; what cannot be read is added
    /// to the problems. Returns whether there was at least one message.
    bool eachMessage(const std::string &fileName, Absence absence, Nested nested,
                     const std::function<void(const Message &, const Member &)> &visit);
    bool eachMessage(const std::string &fileName, Absence absence,
                     const std::function<void(const Message &, const Member &)> &visit)
    {
        return eachMessage(fileName, absence, Nested::Parse, visit);
    }
    void problem(Severity severity, Error error);
    /// The image is read, or looked at, by another part.
    void seen(const std::string &fileName) { m_seen.insert(fileName); }

    std::shared_ptr<Checkpoint> m_checkpoint;
    std::set<std::string> m_seen;          ///< file names of the image set
    ByteOrder m_order = ByteOrder::Little; ///< of the image that eachMessage() visits
    ProblemLimit m_limit;
};

} // namespace cryoscope
