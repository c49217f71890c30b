// SPDX-License-Identifier: Apache-2.0
#include "ui/export/filesview.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

enum FileColumn { PathColumn, WhatColumn, SizeColumn, TreatmentColumn };

constexpr size_t maxRows = 300; // the others follow the choice for all
constexpr int undecided = -1;   // data of "as decided"

QString placeText(FileContent::Place place)
{
    switch (place) {
    case FileContent::Place::Member:
        return FilesView::tr("member");
    case FileContent::Place::DeletedFile:
        return FilesView::tr("deleted file");
    case FileContent::Place::MappedFile:
        return FilesView::tr("mapped pages");
    }
    return {};
}

void select(QComboBox *box, std::optional<FileTreatment> treatment)
{
    const QSignalBlocker quiet(box);
    box->setCurrentIndex(box->findData(treatment ? static_cast<int>(*treatment) : undecided));
}

std::optional<FileTreatment> chosen(const QComboBox *box)
{
    const int value = box->currentData().toInt();
    return value == undecided ? std::nullopt : std::optional(static_cast<FileTreatment>(value));
}

} // namespace

FilesView::FilesView(QWidget *parent)
    : QWidget(parent), m_all(makeChoice(this, tr("As decided in the review"))),
      m_files(new QTreeWidget(this)), m_empty(new QLabel(this)), m_rules(new QLineEdit(this)),
      m_problem(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    m_all->setObjectName(QStringLiteral("allFiles"));
    m_files->setObjectName(QStringLiteral("sensitiveFiles"));
    m_files->setAccessibleName(tr("Sensitive files and what is done with them"));
    m_files->setHeaderLabels({tr("File"), tr("What it is"), tr("Bytes"), tr("Treatment")});
    m_files->headerItem()->setTextAlignment(SizeColumn, Qt::AlignRight | Qt::AlignVCenter);
    m_files->setRootIsDecorated(false);
    m_files->setUniformRowHeights(true);
    m_files->setTextElideMode(Qt::ElideMiddle);
    m_files->header()->setStretchLastSection(false);
    m_files->header()->setSectionResizeMode(PathColumn, QHeaderView::Stretch);
    const int letter = fontMetrics().averageCharWidth();
    m_files->setColumnWidth(WhatColumn, letter * 36);
    m_files->setColumnWidth(SizeColumn, letter * 10);
    m_files->setColumnWidth(TreatmentColumn, letter * 22);
    m_empty->setObjectName(QStringLiteral("noFiles"));
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setText(tr("No file that is known to be sensitive is in this checkpoint. Others can be named "
                        "below, by their paths."));
    m_rules->setObjectName(QStringLiteral("fileRules"));
    m_rules->setPlaceholderText(tr("/etc/myapp/*=remove; *.key=content; */public.key=keep"));
    m_rules->setToolTip(tr("GLOB=content, GLOB=remove or GLOB=keep, apart by \";\"; * stands for / too, "
                           "and the last one that fits counts"));
    connect(m_all, &QComboBox::currentIndexChanged, this, &FilesView::changed);
    connect(m_rules, &QLineEdit::editingFinished, this, &FilesView::takeRules);
    m_problem->setObjectName(QStringLiteral("fileRulesProblem"));
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto *form = new QFormLayout;
    form->addRow(tr("&All of them"), m_all);
    layout->addLayout(form);
    layout->addWidget(m_files, 1);
    layout->addWidget(m_empty, 1);
    auto *others = new QFormLayout;
    others->addRow(tr("&Other files"), m_rules);
    layout->addLayout(others);
    layout->addWidget(m_problem);
    setFiles({});
}

QComboBox *FilesView::makeChoice(QWidget *parent, const QString &unset)
{
    auto *box = new QComboBox(parent);
    box->addItem(unset, undecided);
    box->addItem(tr("Redact the content"), static_cast<int>(FileTreatment::Content));
    box->addItem(tr("Remove the member"), static_cast<int>(FileTreatment::Remove));
    box->addItem(tr("Keep it"), static_cast<int>(FileTreatment::Keep));
    return box;
}

void FilesView::setFiles(const std::vector<FileContent> &files)
{
    m_files->clear();
    m_paths.clear();
    m_choices.clear();
    for (const FileContent &file : files) {
        if (m_paths.size() >= maxRows)
            break;
        const auto known = sensitiveFile(file.path);
        uint64_t bytes = 0;
        for (const Extent &part : file.parts)
            bytes += part.length;
        const QString path = QString::fromStdString(file.path);
        auto *row = new QTreeWidgetItem(m_files);
        row->setText(PathColumn, path);
        row->setToolTip(PathColumn, path);
        const QString what =
            known ? QString::fromUtf8(known->what.data(), static_cast<qsizetype>(known->what.size()))
                  : QString();
        row->setText(WhatColumn, tr("%1 (%2)").arg(what, placeText(file.place)));
        row->setText(SizeColumn, QLocale().toString(static_cast<qulonglong>(bytes)));
        row->setTextAlignment(SizeColumn, Qt::AlignRight | Qt::AlignVCenter);
        QComboBox *choice = makeChoice(m_files, tr("As all"));
        choice->setAccessibleName(tr("Treatment of %1").arg(path));
        connect(choice, &QComboBox::currentIndexChanged, this, &FilesView::changed);
        m_files->setItemWidget(row, TreatmentColumn, choice);
        m_paths.push_back(file.path);
        m_choices.push_back(choice);
    }
    if (files.size() > m_paths.size()) {
        auto *row = new QTreeWidgetItem(m_files);
        row->setText(PathColumn, tr("and %n more, treated as all", nullptr,
                                    static_cast<int>(files.size() - m_paths.size())));
    }
    m_files->setVisible(!m_paths.empty());
    m_empty->setVisible(m_paths.empty());
}

qsizetype FilesView::count() const
{
    return m_files->topLevelItemCount();
}

FileTreatments FilesView::treatments() const
{
    FileTreatments out;
    out.sensitive = chosen(m_all);
    out.rules = m_others;
    for (size_t i = 0; i < m_choices.size(); ++i) {
        if (const auto treatment = chosen(m_choices[i]))
            out.rules.push_back(FileRule::forPath(m_paths[i], *treatment));
    }
    return out;
}

void FilesView::setTreatments(const FileTreatments &treatments)
{
    select(m_all, treatments.sensitive);
    for (QComboBox *choice : m_choices)
        select(choice, std::nullopt);
    m_others.clear();
    QStringList lines;
    for (const FileRule &rule : treatments.rules) {
        const auto row = std::find_if(m_paths.begin(), m_paths.end(), [&](const std::string &path) {
            return FileRule::forPath(path, rule.treatment) == rule;
        });
        if (row != m_paths.end()) {
            select(m_choices[static_cast<size_t>(row - m_paths.begin())], rule.treatment);
            continue;
        }
        m_others.push_back(rule);
        lines << QString::fromStdString(rule.glob + "=" + std::string(fileTreatmentName(rule.treatment)));
    }
    m_rules->setText(lines.join(QStringLiteral("; ")));
}

void FilesView::takeRules()
{
    std::vector<FileRule> rules;
    QString problem;
    const QStringList lines = m_rules->text().split(QLatin1Char(';'), Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        if (line.trimmed().isEmpty())
            continue;
        auto rule = FileRule::parse(line.trimmed().toStdString());
        if (rule)
            rules.push_back(std::move(*rule));
        else if (problem.isEmpty())
            problem = tr("✗ %1: %2").arg(line.trimmed(), QString::fromStdString(rule.error().message));
    }
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    if (!problem.isEmpty() || rules == m_others)
        return;
    m_others = std::move(rules);
    Q_EMIT changed();
}

} // namespace cryoscope::ui
