// SPDX-License-Identifier: Apache-2.0
#include "ui/export/scopeline.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

constexpr size_t maxTasks = 60; // that a menu offers; others can be written

} // namespace

ScopeLine::ScopeLine(QWidget *parent)
    : QWidget(parent), m_line(new QLineEdit(this)), m_add(new QPushButton(tr("Add pro&cess"), this)),
      m_problem(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    m_line->setObjectName(QStringLiteral("profileExceptions"));
    m_line->setAccessibleName(tr("Exceptions to the classes of the profile"));
    m_line->setPlaceholderText(
        tr("No exceptions; for example -pid=7; +member=*.log; -field=reg_file_entry.name"));
    m_line->setToolTip(
        tr("Whatever its class: \"+\" redacts and \"-\" leaves alone a process (pid=7), what a member holds "
           "(member=GLOB, * stands for / too), or a field of images (field=MESSAGE.FIELD). Apart by \";\"; "
           "the last "
           "one that means a byte counts."));
    m_add->setObjectName(QStringLiteral("exceptionForProcess"));
    m_add->setAutoDefault(false);
    m_add->setMenu(new QMenu(m_add));
    m_add->hide();
    m_problem->setObjectName(QStringLiteral("exceptionsProblem"));
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto *row = new QHBoxLayout;
    row->addWidget(m_line, 1);
    row->addWidget(m_add);
    layout->addLayout(row);
    layout->addWidget(m_problem);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::editingFinished, this, &ScopeLine::take);
}

void ScopeLine::setTasks(const std::vector<Task> &tasks)
{
    QMenu *menu = m_add->menu();
    menu->clear();
    QMenu *leave = menu->addMenu(tr("&Leave alone"));
    QMenu *redact = menu->addMenu(tr("&Redact"));
    for (size_t i = 0; i < std::min(tasks.size(), maxTasks); ++i) {
        const Task &task = tasks[i];
        QString name = QString::fromStdString(task.comm);
        name.replace(QLatin1Char('&'), QLatin1String("&&"));
        const QString text = tr("%1 %2", "pid and name").arg(task.pid).arg(name);
        for (QMenu *into : {leave, redact}) {
            ScopeRule rule;
            rule.what = ScopeRule::What::Task;
            rule.pid = task.pid;
            rule.redact = into == redact;
            connect(into->addAction(text), &QAction::triggered, this, [this, rule] { add(rule); });
        }
    }
    m_add->setVisible(!tasks.empty());
}

void ScopeLine::setRules(const std::vector<ScopeRule> &rules)
{
    m_rules = rules;
    QStringList words;
    for (const ScopeRule &rule : rules)
        words << QString::fromStdString(rule.describe());
    m_line->setText(words.join(QStringLiteral("; ")));
    m_problem->hide();
}

void ScopeLine::add(const ScopeRule &rule)
{
    take();
    std::vector<ScopeRule> rules = m_rules;
    rules.push_back(rule);
    setRules(rules);
    Q_EMIT changed();
}

void ScopeLine::take()
{
    std::vector<ScopeRule> rules;
    QString problem;
    const QStringList words = m_line->text().split(QLatin1Char(';'), Qt::SkipEmptyParts);
    for (const QString &word : words) {
        const QString trimmed = word.trimmed();
        if (trimmed.isEmpty())
            continue;
        // A comma would end it where a profile is written in one line.
        auto rule =
            ScopeRule::parse(QString(trimmed).replace(QLatin1Char(','), QLatin1Char('?')).toStdString());
        if (rule)
            rules.push_back(std::move(*rule));
        else if (problem.isEmpty())
            problem = tr("✗ %1").arg(QString::fromStdString(rule.error().message));
    }
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    if (!problem.isEmpty() || rules == m_rules)
        return;
    m_rules = std::move(rules);
    Q_EMIT changed();
}

} // namespace cryoscope::ui
