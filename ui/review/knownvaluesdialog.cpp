// SPDX-License-Identifier: Apache-2.0
#include "ui/review/knownvaluesdialog.h"

#include "core/base/wipe.h"
#include "core/detect/valuesearch.h"
#include "core/review/valuelist.h"
#include "ui/theme/widgets.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QFileDialog>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

enum KnownValueColumn { ValueColumn, LengthColumn, ResultColumn };
constexpr size_t maxMask = 24; // a mask tells no more than this of a length

QString masked(const std::string &value)
{
    return QString(static_cast<qsizetype>(std::min(value.size(), maxMask)), QChar(0x2022));
}

} // namespace

KnownValuesDialog::KnownValuesDialog(ReviewSession &session, QWidget *parent)
    : QDialog(parent), m_session(session), m_edit(new QLineEdit(this)),
      m_add(new QPushButton(tr("&Add"), this)), m_paste(new QPushButton(tr("&Paste lines"), this)),
      m_load(new QPushButton(tr("&Load a file…"), this)), m_remove(new QPushButton(tr("Re&move"), this)),
      m_show(new QCheckBox(tr("&Show the values"), this)), m_list(new QTreeWidget(this)),
      m_status(new QLabel(this)), m_bar(new QProgressBar(this)),
      m_start(new QPushButton(tr("&Redact everywhere"), this)), m_close(new QPushButton(tr("Close"), this))
{
    setObjectName(QStringLiteral("knownValuesDialog"));
    setWindowTitle(tr("Redact known values"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(640, 460);
    makeInput();
    makeList();
    auto *about = new QLabel(
        tr("Passwords, names, numbers or keys that you know to be in the checkpoint. Each is searched in all "
           "memory and all files, in every encoding, and every copy is redacted, as one step that undo takes "
           "back. The values stay in memory and are wiped after the search; neither case nor report hold "
           "them."),
        this);
    about->setWordWrap(true);
    m_status->setObjectName(QStringLiteral("knownStatus"));
    m_status->setWordWrap(true);
    m_bar->setObjectName(QStringLiteral("knownProgress"));
    m_bar->setTextVisible(false);
    m_bar->hide();
    m_start->setObjectName(QStringLiteral("knownStart"));
    m_close->setObjectName(QStringLiteral("knownClose"));
    for (QPushButton *button : {m_add, m_paste, m_load, m_remove, m_close})
        button->setAutoDefault(false);

    auto *layout = new QVBoxLayout(this);
    layout->addWidget(about);
    auto *input = new QHBoxLayout;
    input->addWidget(m_edit, 1);
    input->addWidget(m_add);
    input->addWidget(m_paste);
    input->addWidget(m_load);
    layout->addLayout(input);
    layout->addWidget(m_list, 1);
    auto *below = new QHBoxLayout;
    below->addWidget(m_show);
    below->addStretch();
    below->addWidget(m_remove);
    layout->addLayout(below);
    layout->addWidget(m_bar);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_status, 1);
    buttons->addWidget(m_start);
    buttons->addWidget(m_close);
    layout->addLayout(buttons);

    connect(m_start, &QPushButton::clicked, this, &KnownValuesDialog::start);
    connect(m_close, &QPushButton::clicked, this, &KnownValuesDialog::reject);
    connect(&session, &ReviewSession::valuesAccepted, this, &KnownValuesDialog::take);
    connect(&session, &ReviewSession::busyChanged, this, &KnownValuesDialog::updateState);
    connect(&session, &ReviewSession::progressed, this,
            [this](const QString &, quint64 done, quint64 total) { showProgress(m_bar, done, total); });
    updateState();
}

KnownValuesDialog::~KnownValuesDialog()
{
    wipe(m_values);
}

void KnownValuesDialog::makeInput()
{
    m_edit->setObjectName(QStringLiteral("knownEdit"));
    m_edit->setAccessibleName(tr("Value"));
    m_edit->setPlaceholderText(tr("One value; several lines may be pasted"));
    m_edit->setEchoMode(QLineEdit::Password);
    m_edit->installEventFilter(this);
    m_add->setObjectName(QStringLiteral("knownAdd"));
    m_paste->setObjectName(QStringLiteral("knownPaste"));
    m_load->setObjectName(QStringLiteral("knownLoad"));
    connect(m_add, &QPushButton::clicked, this, &KnownValuesDialog::addTyped);
    connect(m_paste, &QPushButton::clicked, this, &KnownValuesDialog::paste);
    connect(m_load, &QPushButton::clicked, this, &KnownValuesDialog::loadFile);
    connect(m_edit, &QLineEdit::textChanged, this, &KnownValuesDialog::updateState);
}

void KnownValuesDialog::makeList()
{
    m_list->setObjectName(QStringLiteral("knownList"));
    m_list->setAccessibleName(tr("Values"));
    m_list->setHeaderLabels({tr("Value"), tr("Bytes"), tr("Found")});
    m_list->setRootIsDecorated(false);
    m_list->setAlternatingRowColors(true);
    m_list->setUniformRowHeights(true);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(ValueColumn, QHeaderView::Stretch);
    m_list->setColumnWidth(LengthColumn, fontMetrics().averageCharWidth() * 9);
    m_list->setColumnWidth(ResultColumn, fontMetrics().averageCharWidth() * 24);
    m_remove->setObjectName(QStringLiteral("knownRemove"));
    m_show->setObjectName(QStringLiteral("knownShow"));
    connect(m_remove, &QPushButton::clicked, this, &KnownValuesDialog::removeChosen);
    connect(m_show, &QCheckBox::toggled, this, &KnownValuesDialog::showValues);
    connect(m_list, &QTreeWidget::itemSelectionChanged, this, &KnownValuesDialog::updateState);
}

bool KnownValuesDialog::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        if (key->matches(QKeySequence::Paste) &&
            QApplication::clipboard()->text().contains(QLatin1Char('\n'))) {
            paste();
            return true;
        }
        if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && !m_edit->text().isEmpty()) {
            addTyped(); // Enter in an empty line presses the default button
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void KnownValuesDialog::add(std::vector<std::string> values)
{
    if (std::exchange(m_done, false)) {
        wipe(m_values);
        m_list->clear();
    }
    for (std::string &value : values) {
        if (std::find(m_values.begin(), m_values.end(), value) != m_values.end()) {
            wipe(value);
            continue;
        }
        auto *item = new QTreeWidgetItem(m_list);
        item->setTextAlignment(LengthColumn, Qt::AlignRight | Qt::AlignVCenter);
        item->setText(LengthColumn, QString::number(value.size()));
        if (value.size() < minSearchedValue)
            item->setText(ResultColumn, tr("too short to search"));
        m_values.push_back(std::move(value));
    }
    showValues();
    updateState();
}

void KnownValuesDialog::addTyped()
{
    std::string typed = m_edit->text().toStdString();
    m_edit->clear();
    if (!typed.empty())
        add({typed});
    wipe(typed);
}

void KnownValuesDialog::paste()
{
    std::string text = QApplication::clipboard()->text().toStdString();
    add(splitValues(text));
    wipe(text);
}

void KnownValuesDialog::loadFile()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("A file with one value a line"));
    if (path.isEmpty() || m_reading.isRunning())
        return;
    struct Read {
        std::vector<std::string> values;
        QString error;
    };
    auto read = std::make_shared<Read>();
    m_reading.start(
        [read, path](Progress &, std::stop_token) {
            auto values = readValues(path.toStdString());
            if (values)
                read->values = std::move(*values);
            else
                read->error = QString::fromStdString(values.error().describe());
        },
        [this, read] {
            if (read->error.isEmpty())
                add(std::move(read->values));
            else
                m_status->setText(read->error);
        });
}

void KnownValuesDialog::removeChosen()
{
    for (QTreeWidgetItem *item : m_list->selectedItems()) {
        const auto row = static_cast<size_t>(m_list->indexOfTopLevelItem(item));
        if (row < m_values.size()) {
            wipe(m_values[row]);
            m_values.erase(m_values.begin() + static_cast<ptrdiff_t>(row));
        }
        delete item;
    }
    updateState();
}

void KnownValuesDialog::showValues()
{
    for (int row = 0; row < m_list->topLevelItemCount() && static_cast<size_t>(row) < m_values.size();
         ++row) {
        const std::string &value = m_values[static_cast<size_t>(row)];
        m_list->topLevelItem(row)->setText(ValueColumn, m_show->isChecked() ? QString::fromStdString(value)
                                                                            : masked(value));
    }
    m_edit->setEchoMode(m_show->isChecked() ? QLineEdit::Normal : QLineEdit::Password);
}

void KnownValuesDialog::updateState()
{
    const bool ready = !m_searching;
    m_edit->setEnabled(ready);
    m_add->setEnabled(ready && !m_edit->text().isEmpty());
    m_paste->setEnabled(ready);
    m_load->setEnabled(ready);
    m_show->setEnabled(ready && !m_done);
    m_remove->setEnabled(ready && !m_done && !m_list->selectedItems().isEmpty());
    m_start->setEnabled(ready && !m_done && !m_values.empty() && !m_session.isBusy());
    m_start->setDefault(m_start->isEnabled());
    m_bar->setVisible(m_searching);
    m_close->setText(m_searching ? tr("Cancel") : tr("Close"));
    if (!m_searching && !m_done)
        m_status->setText(m_session.isBusy() ? tr("Waiting for other work to end")
                          : m_values.empty() ? QString()
                                             : tr("%n value(s)", nullptr, static_cast<int>(m_values.size())));
}

void KnownValuesDialog::start()
{
    if (m_values.empty() || m_session.isBusy() || m_searching)
        return;
    m_show->setChecked(false); // what is listed from now on is masks alone
    m_searching = true;
    m_status->setText(tr("Searching all memory and all files …"));
    m_session.acceptValues(m_values);
    updateState();
}

void KnownValuesDialog::take(const ValuesAccepted &result)
{
    if (!std::exchange(m_searching, false))
        return;
    if (!result.done) {
        m_status->setText(tr("Nothing was redacted."));
        updateState();
        return;
    }
    m_done = true;
    int missing = 0;
    for (int row = 0; row < m_list->topLevelItemCount(); ++row) {
        const auto at = static_cast<size_t>(row);
        if (at >= result.places.size() || m_values[at].size() < minSearchedValue)
            continue;
        const uint64_t places = result.places[at];
        missing += places == 0 ? 1 : 0;
        m_list->topLevelItem(row)->setText(
            ResultColumn, places == 0 ? tr("not found")
                                      : tr("✓ %n place(s)", nullptr,
                                           static_cast<int>(std::min<uint64_t>(places, INT_MAX))));
    }
    wipe(m_values);
    QString text =
        tr("%n place(s) are redacted now that were not before.", nullptr, static_cast<int>(result.changed));
    if (missing > 0)
        text += QLatin1Char(' ') + tr("%n value(s) were not found.", nullptr, missing);
    if (result.tooShort > 0)
        text += QLatin1Char(' ') +
                tr("%n value(s) were too short to search.", nullptr, static_cast<int>(result.tooShort));
    m_status->setText(text);
    updateState();
}

void KnownValuesDialog::reject()
{
    if (m_searching)
        m_session.cancel(); // take() follows
    else
        QDialog::reject();
}

} // namespace cryoscope::ui
