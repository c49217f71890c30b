// SPDX-License-Identifier: Apache-2.0
#include "core/archive/parentfinder.h"

#include <sys/stat.h>

namespace cryoscope
{

namespace
{

namespace fs = std::filesystem;

bool isKind(const fs::path &path, fs::file_type type)
{
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() == type;
}

} // namespace

std::optional<ParentFinder::Identity> ParentFinder::identity(const fs::path &directory)
{
    struct stat status {
    };
    if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return std::nullopt;
    return Identity{status.st_dev, status.st_ino};
}

void ParentFinder::run()
{
    if (const auto root = identity(m_root))
        m_known.emplace(*root, fs::path());
    for (const Found &file : m_files) {
        m_taken.insert(file.name.begin()->string());
        if (isKind(file.path, fs::file_type::directory)) {
            if (const auto known = identity(file.path))
                m_known.emplace(*known, file.name);
        }
    }
    for (size_t i = 0; i < m_files.size(); ++i) { // grows meanwhile
        if (m_files[i].name.filename() == "parent" && isKind(m_files[i].path, fs::file_type::symlink))
            follow(i);
    }
}

void ParentFinder::follow(size_t index)
{
    const fs::path link = m_files[index].path;
    const fs::path name = m_files[index].name;
    std::error_code error;
    const fs::path stored = fs::read_symlink(link, error);
    const auto target = identity(link); // follows it
    if (error || !target || !isKind(link / "inventory.img", fs::file_type::regular))
        return; // whoever needs the set says that it is not there
    auto known = m_known.find(*target);
    if (known == m_known.end()) {
        const fs::path inside = freeName();
        known = m_known.emplace(*target, inside).first;
        const fs::path real = fs::canonical(link, error);
        addSet(error ? link : real, inside);
        m_problems.push_back({Severity::Note,
                              {ErrorCode::NotFound,
                               "leads out of the directory to the parent set \"" + stored.string() +
                                   "\", which was opened too: its members are \"" + inside.string() + "/…\"",
                               name.generic_string(), std::nullopt}});
    }
    // A link that leads to its place within the checkpoint as it stands needs nothing.
    const fs::path place = fs::path("/") / known->second;
    const fs::path from = (fs::path("/") / name).parent_path();
    if (!stored.is_absolute() && (from / stored / "").lexically_normal() == (place / "").lexically_normal() &&
        !(name.parent_path() / stored).lexically_normal().generic_string().starts_with(".."))
        return;
    m_files[index].followedTo = place.lexically_relative(from).generic_string();
}

void ParentFinder::addSet(const fs::path &directory, const fs::path &name)
{
    m_taken.insert(name.begin()->string());
    m_files.push_back({name, directory, {}});
    std::error_code error;
    for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        const fs::path own = name / entry->path().filename();
        if (!isKind(entry->path(), fs::file_type::directory)) {
            m_files.push_back({own, entry->path(), {}});
        } else if (own.filename() == "parent") {
            const auto known = identity(entry->path());
            if (known && m_known.emplace(*known, own).second)
                addSet(entry->path(), own);
        }
    }
    if (error)
        m_problems.push_back(
            {Severity::Warning,
             {ErrorCode::InputUnreadable, error.message(), name.generic_string(), std::nullopt}});
}

std::string ParentFinder::freeName()
{
    std::string name;
    do
        name = "parent-" + std::to_string(++m_count);
    while (m_taken.contains(name));
    return name;
}

} // namespace cryoscope
