// SPDX-License-Identifier: Apache-2.0
#include "ui/models/checkpointtree.h"

#include "core/checkpoint/imagenames.h"

#include <QFont>

#include <functional>
#include <map>
#include <set>

namespace cryoscope::ui
{

namespace
{

enum Role { KindRole = Qt::UserRole + 1, IdRole, SetRole };

QString text(const std::string &from)
{
    return QString::fromStdString(from);
}

} // namespace

QStandardItem *CheckpointTree::item(const QString &title, const ByteTarget &target)
{
    auto *made = new QStandardItem(title);
    made->setEditable(false);
    made->setData(static_cast<int>(target.kind), KindRole);
    const quint64 id = target.kind == ByteTarget::Kind::Task     ? target.pid
                       : target.kind == ByteTarget::Kind::Shared ? target.sharedId
                                                                 : target.member;
    made->setData(id, IdRole);
    made->setToolTip(title);
    return made;
}

QStandardItem *CheckpointTree::heading(const QString &title, const QString &name)
{
    auto *made = item(title, {});
    QFont font = made->font();
    font.setBold(true);
    made->setFont(font);
    made->setData(name, Qt::AccessibleDescriptionRole);
    appendRow(made);
    return made;
}

void CheckpointTree::setMemory(const std::shared_ptr<const Memory> &memory)
{
    clear();
    if (!memory)
        return;
    addProcesses(*memory);
    addImages(*memory);
    addShared(*memory);
    addFiles(*memory);
    addMembers(*memory);
    addContainer(*memory);
}

void CheckpointTree::addProcesses(const Memory &memory)
{
    const auto &tasks = memory.checkpoint().tasks();
    auto *top = heading(tr("Processes (%1)").arg(tasks.size()), QStringLiteral("processes"));
    std::map<uint32_t, QStandardItem *> items;
    for (const Task &task : tasks) {
        QString title = QStringLiteral("%1 %2").arg(task.pid).arg(text(task.comm));
        if (task.threads.size() > 1)
            title += tr(" (%1 threads)").arg(task.threads.size());
        if (task.state != TaskState::Alive)
            title += QStringLiteral(" · ") + text(taskStateName(task.state));
        ByteTarget target;
        if (task.hasMemory) {
            target.kind = ByteTarget::Kind::Task;
            target.pid = task.pid;
        }
        auto *made = item(title, target);
        for (size_t i = 1; i < task.threads.size(); ++i) {
            const Thread &thread = task.threads[i];
            ByteTarget core;
            if (thread.core != noMember) {
                core.kind = ByteTarget::Kind::Member;
                core.member = thread.core;
            }
            made->appendRow(item(tr("thread %1 %2").arg(thread.tid).arg(text(thread.comm)), core));
        }
        const auto parent = items.find(task.ppid);
        (parent != items.end() ? parent->second : top)->appendRow(made);
        items.emplace(task.pid, made);
    }
}

void CheckpointTree::addImages(const Memory &memory)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    auto *top = heading(tr("Images"), QStringLiteral("images"));
    for (const Member &member : checkpoint.archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (!member.content || directory != checkpoint.imagePrefix() ||
            !(fileName.ends_with(".img") || fileName.starts_with("stats-")))
            continue;
        top->appendRow(item(text(fileName), {ByteTarget::Kind::Member, 0, 0, member.id}));
    }
    top->setText(tr("Images (%1)").arg(top->rowCount()));
}

void CheckpointTree::addShared(const Memory &memory)
{
    const auto ids = memory.sharedObjects();
    if (ids.empty())
        return;
    auto *top = heading(tr("Shared memory (%1)").arg(ids.size()), QStringLiteral("shared"));
    for (const uint64_t id : ids) {
        QString title = tr("object %1").arg(id);
        for (const MemfdInfo &memfd : memory.checkpoint().memfds()) {
            if (memfd.shmid == id)
                title += QStringLiteral(" · ") + text(memfd.name);
        }
        top->appendRow(item(title, {ByteTarget::Kind::Shared, 0, id, noMember}));
    }
}

void CheckpointTree::addFiles(const Memory &memory)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    if (checkpoint.files().empty())
        return;
    auto *top = heading(tr("Files · Sockets (%1)").arg(checkpoint.files().size()), QStringLiteral("files"));
    const Member *image = checkpoint.imageMember("files.img");
    for (const FileEntry &file : checkpoint.files()) {
        ByteTarget target;
        if (image != nullptr) {
            target.kind = ByteTarget::Kind::Member;
            target.member = image->id;
        }
        top->appendRow(
            item(QStringLiteral("%1 %2 %3").arg(file.id).arg(text(file.typeName), text(file.description)),
                 target));
    }
}

void CheckpointTree::addMembers(const Memory &memory)
{
    const Archive &archive = memory.checkpoint().archive();
    if (archive.form() == ArchiveForm::Directory && archive.members().empty())
        return;
    auto *top =
        heading(archive.form() == ArchiveForm::Directory ? tr("Directory (%1)").arg(archive.members().size())
                                                         : tr("Archive (%1)").arg(archive.members().size()),
                QStringLiteral("members"));
    std::map<std::string, QStandardItem *> folders;
    // Folders are made as they are met: "a/b" and "x.tar!a" alike.
    const std::function<QStandardItem *(const std::string &)> folder =
        [&](const std::string &path) -> QStandardItem * {
        if (path.empty())
            return top;
        if (const auto known = folders.find(path); known != folders.end())
            return known->second;
        const auto [above, name] = splitPath(path);
        std::string parent = above;
        while (!parent.empty() && (parent.back() == '/' || parent.back() == '!'))
            parent.pop_back();
        auto *made = item(text(name.empty() ? path : name), {});
        folder(parent)->appendRow(made);
        folders.emplace(path, made);
        return made;
    };
    for (const Member &member : archive.members()) {
        std::string path = member.path;
        if (path.ends_with('!')) {
            folder(path.substr(0, path.size() - 1))
                ->appendRow(item(tr("(decompressed)"), {ByteTarget::Kind::Member, 0, 0, member.id}));
            continue;
        }
        if (member.kind == MemberKind::Directory) {
            folder(path);
            continue;
        }
        const auto [above, name] = splitPath(path);
        std::string parent = above;
        while (!parent.empty() && (parent.back() == '/' || parent.back() == '!'))
            parent.pop_back();
        QString title = text(name);
        ByteTarget target;
        if (member.content) {
            target.kind = ByteTarget::Kind::Member;
            target.member = member.id;
        }
        if (member.kind == MemberKind::Symlink)
            title += QStringLiteral(" → ") + text(member.linkTarget);
        auto *made = item(title, target);
        folder(parent)->appendRow(made);
        folders.emplace(path, made); // archives hold members of their own
    }
}

void CheckpointTree::addContainer(const Memory &memory)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    const auto target = [&](const std::string &path) {
        ByteTarget made;
        if (const Member *member = checkpoint.archive().find(path); member != nullptr && member->content) {
            made.kind = ByteTarget::Kind::Member;
            made.member = member->id;
        }
        return made;
    };
    if (checkpoint.imageSets().size() > 1) {
        auto *top = heading(tr("Image sets (%1)").arg(checkpoint.imageSets().size()), QStringLiteral("sets"));
        for (const ImageSetInfo &set : checkpoint.imageSets()) {
            QString title = set.prefix.empty() ? QStringLiteral(".") : text(set.prefix);
            if (set.container && !set.container->name.empty())
                title += QStringLiteral(" · ") + text(set.container->name);
            const bool shown = set.prefix == checkpoint.imagePrefix();
            if (shown)
                title += tr(" (shown)");
            else if (set.tree)
                title += tr(" (another checkpoint)");
            auto *row = item(title, target(set.prefix + "inventory.img"));
            if (!shown && set.tree) {
                row->setData(set.prefix.empty() ? QStringLiteral(".") : text(set.prefix), SetRole);
                row->setToolTip(tr("Press Enter, or click twice, to show this checkpoint"));
            }
            top->appendRow(row);
        }
    }
    const auto &container = checkpoint.container();
    if (!container)
        return;
    auto *top = heading(tr("Container"), QStringLiteral("container"));
    const auto add = [&](const QString &title, const std::string &value) {
        if (!value.empty())
            top->appendRow(item(title + QStringLiteral(": ") + text(value), {}));
    };
    add(tr("Layout"), std::string(layoutName(checkpoint.layout())));
    add(tr("Engine"), container->engine);
    add(tr("Name"), container->name);
    add(tr("Pod"), container->pod);
    add(tr("Namespace"), container->podNamespace);
    add(tr("Image"), container->image);
    add(tr("Runtime"), container->runtime);
    add(tr("Created"), container->created);
    add(tr("Checkpointed"), container->checkpointed);
    add(tr("Host name"), container->hostName);
    for (const std::string &variable : container->environment) // values stay where they can be masked
        add(tr("Variable"), variable.substr(0, variable.find('=')));
    for (const ContainerMount &mount : container->mounts)
        add(tr("Mount"), mount.destination + " (" + mount.type + ") " + mount.source);
    for (const std::string &network : container->network)
        add(tr("Network"), network);
}

QString CheckpointTree::otherSetAt(const QModelIndex &index) const
{
    return index.data(SetRole).toString();
}

ByteTarget CheckpointTree::targetAt(const QModelIndex &index) const
{
    ByteTarget target;
    target.kind = static_cast<ByteTarget::Kind>(index.data(KindRole).toInt());
    const quint64 id = index.data(IdRole).toULongLong();
    switch (target.kind) {
    case ByteTarget::Kind::Task:
        target.pid = static_cast<uint32_t>(id);
        break;
    case ByteTarget::Kind::Shared:
        target.sharedId = id;
        break;
    case ByteTarget::Kind::Member:
        target.member = static_cast<MemberId>(id);
        break;
    case ByteTarget::Kind::None:
        break;
    }
    return target;
}

QModelIndex CheckpointTree::indexOf(const ByteTarget &target) const
{
    const std::function<QModelIndex(const QModelIndex &)> find =
        [&](const QModelIndex &parent) -> QModelIndex {
        for (int row = 0; row < rowCount(parent); ++row) {
            const QModelIndex child = index(row, 0, parent);
            if (targetAt(child) == target)
                return child;
            if (const QModelIndex below = find(child); below.isValid())
                return below;
        }
        return {};
    };
    return target.kind == ByteTarget::Kind::None ? QModelIndex() : find({});
}

} // namespace cryoscope::ui
