// SPDX-License-Identifier: Apache-2.0
#include "ui/review/ownedcase.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

namespace cryoscope::ui
{

namespace
{

QString tr(const char *text)
{
    return QCoreApplication::translate("OwnedCase", text);
}

QString ownCasePath(const QString &checkpoint)
{
    const QString folder =
        QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/reviews");
    QDir().mkpath(folder);
    const QFileInfo info(checkpoint);
    const QByteArray key =
        QCryptographicHash::hash(info.canonicalFilePath().toUtf8(), QCryptographicHash::Sha256).toHex();
    return folder + QLatin1Char('/') + info.fileName() + QLatin1Char('-') +
           QString::fromLatin1(key.left(12)) + QStringLiteral(".cryoscope");
}

} // namespace

bool isCaseFile(const QString &path)
{
    QFile file(path);
    return QFileInfo(path).isFile() && file.open(QIODevice::ReadOnly) && file.read(15) == "SQLite format 3";
}

Result<std::unique_ptr<Case>> openOwnCase(const QString &checkpoint, const Memory &memory, QString &note)
{
    const QString path = ownCasePath(checkpoint);
    if (QFileInfo::exists(path)) {
        auto opened = Case::open(path.toStdString(), &memory);
        if (opened)
            return opened;
        if (opened.error().code == ErrorCode::InputUnreadable) {
            note = tr("This checkpoint is under review in another window: decisions made here are lost at "
                      "the end unless you save the case");
            return Case::create({}, memory);
        }
        // Of another checkpoint that had this path: kept, under another name.
        QFile::rename(path, path + QStringLiteral(".") +
                                QString::number(QFileInfo(path).lastModified().toSecsSinceEpoch()));
    }
    auto made = Case::create(path.toStdString(), memory);
    if (made)
        return made;
    note = tr("The case cannot be kept (%1): decisions are lost at the end unless you save the case")
               .arg(QString::fromStdString(made.error().describe()));
    return Case::create({}, memory);
}

Result<std::unique_ptr<Case>> saveCaseAs(const Case &review, const QString &path, const Memory &memory)
{
    const QString now = QString::fromStdString(review.path());
    if (!now.isEmpty() && QFileInfo(now).canonicalFilePath() == QFileInfo(path).canonicalFilePath() &&
        QFileInfo::exists(path))
        return Error{ErrorCode::OutputExists, "this is the case that is open", path.toStdString(), {}};
    if (QFileInfo::exists(path) && !isCaseFile(path))
        return Error{ErrorCode::OutputExists, "is there and is no case", path.toStdString(), {}};
    // Beside it first: what is there goes only when the new one is whole.
    const QString beside = path + QStringLiteral(".new");
    QFile::remove(beside);
    if (auto done = review.saveCopy(beside.toStdString()); !done)
        return done.error();
    QFile::remove(path);
    if (!QFile::rename(beside, path)) {
        QFile::remove(beside);
        return Error{
            ErrorCode::OutputUnwritable, "the case could not be moved into place", path.toStdString(), {}};
    }
    return Case::open(path.toStdString(), &memory);
}

} // namespace cryoscope::ui
