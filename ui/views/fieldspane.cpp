// SPDX-License-Identifier: Apache-2.0
#include "ui/views/fieldspane.h"

#include "core/redact/memberpatches.h"
#include "ui/hexview/hexview.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTimer>
#include <QTreeView>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int restMilliseconds = 40;

std::shared_ptr<const DissectedImage> dissected(const Memory &memory, MemberId member)
{
    const Member &entry = memory.checkpoint().archive().member(member);
    if (!entry.content || memory.isPagesFile(member) || !Image::looksLikeImage(*entry.content))
        return nullptr;
    auto image = memory.checkpoint().openImage(member);
    if (!image)
        return nullptr;
    auto made = std::make_shared<DissectedImage>(DissectedImage{std::move(*image), {}, {}});
    const Dissector dissector(made->image);
    made->head = dissector.head();
    made->rest = dissector.rest();
    return made;
}

/// What patches make of the image; null if it cannot be read.
std::shared_ptr<const PatchedImage> patched(const Memory &memory, MemberId member,
                                            const PreviewPatches &patches)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    auto image = checkpoint.openImage(member);
    if (!image)
        return nullptr;
    auto made = PatchedImage::make(std::move(*image), patchesOf(checkpoint.archive(), member, *patches),
                                   checkpoint.schema());
    return made ? std::make_shared<const PatchedImage>(std::move(*made)) : nullptr;
}

} // namespace

FieldsPane::FieldsPane(HexView *hex, QWidget *parent)
    : QWidget(parent), m_hex(hex), m_note(new QLabel(this)), m_pages(new QStackedWidget(this)),
      m_tree(new QTreeView(m_pages)), m_empty(new QLabel(m_pages)), m_timer(new QTimer(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_note->setObjectName(QStringLiteral("fieldsNote"));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(10, 4, 10, 4);
    m_note->hide();
    layout->addWidget(m_note);
    layout->addWidget(m_pages);
    m_empty->setText(
        tr("The fields of an image are listed here, linked with its bytes. Choose one under Images."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(20);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_pages->addWidget(m_empty);
    setFocusProxy(m_tree);
    makeTree();
    m_pages->addWidget(m_tree);
    m_timer->setSingleShot(true);
    m_timer->setInterval(restMilliseconds);
    connect(m_timer, &QTimer::timeout, this, &FieldsPane::follow);
    connect(hex, &HexView::cursorMoved, this, [this] {
        if (!m_following)
            m_timer->start();
    });
    // The record under the cursor has been dissected: go into it.
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, [this] { m_timer->start(); });
}

void FieldsPane::makeTree()
{
    m_tree->setObjectName(QStringLiteral("fieldTree"));
    m_tree->setAccessibleName(tr("Fields"));
    m_tree->setModel(&m_model);
    m_tree->setUniformRowHeights(true);
    m_tree->setAlternatingRowColors(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->header()->setStretchLastSection(false);
    const int letter = fontMetrics().averageCharWidth();
    m_tree->setColumnWidth(FieldsModel::Name, letter * 32);
    m_tree->setIndentation(letter * 2); // messages lie deep within each other
    m_tree->setColumnWidth(FieldsModel::Offset, letter * 12);
    m_tree->setColumnWidth(FieldsModel::Length, letter * 9);
    m_tree->header()->setSectionResizeMode(FieldsModel::Meaning, QHeaderView::Stretch);
    layColumns();
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex &index) {
                if (!index.isValid())
                    return;
                setPath(m_model.pathOf(index));
                if (m_following || m_shown == noMember)
                    return;
                m_following = true;
                const ByteRange range = m_model.rangeAt(index);
                m_hex->goTo(range.offset);
                m_hex->select(range.offset, range.length);
                m_following = false;
            });
}

void FieldsPane::show(std::shared_ptr<const Memory> memory, const ByteTarget &target)
{
    m_memory = std::move(memory);
    m_wanted = target.kind == ByteTarget::Kind::Member ? target.member : noMember;
    load();
}

void FieldsPane::clear()
{
    m_memory.reset();
    m_wanted = noMember;
    load();
}

/// A preview needs the room of the meanings, which tool tips tell too.
void FieldsPane::layColumns()
{
    m_tree->setColumnHidden(FieldsModel::After, !m_preview);
    m_tree->setColumnHidden(FieldsModel::Meaning, m_preview);
    const auto mode = m_preview ? QHeaderView::Stretch : QHeaderView::Interactive;
    for (const int column : {FieldsModel::Value, FieldsModel::After})
        m_tree->header()->setSectionResizeMode(column, mode);
    if (!m_preview)
        m_tree->setColumnWidth(FieldsModel::Value, fontMetrics().averageCharWidth() * 28);
}

void FieldsPane::load()
{
    m_shown = noMember;
    m_model.setImage(nullptr);
    m_pages->setCurrentWidget(m_empty);
    setPath({});
    showNote();
    if (m_wanted == noMember || m_job.isRunning())
        return; // asks again when the one before has ended
    auto made = std::make_shared<std::shared_ptr<const DissectedImage>>();
    m_job.start([made, memory = m_memory,
                 member = m_wanted](Progress &, std::stop_token) { *made = dissected(*memory, member); },
                [this, made, memory = m_memory, member = m_wanted] {
                    if (memory != m_memory || member != m_wanted) {
                        load();
                        return;
                    }
                    if (!*made)
                        return;
                    m_model.setImage(*made);
                    m_shown = member;
                    m_pages->setCurrentWidget(m_tree);
                    m_timer->start();
                    m_compared = false;
                    compare();
                });
}

void FieldsPane::setPreview(bool on, PreviewPatches patches)
{
    m_preview = on;
    m_patches = std::move(patches);
    m_compared = false;
    layColumns();
    if (!on)
        m_model.setPreview(nullptr);
    compare();
    showNote();
}

void FieldsPane::compare()
{
    if (!m_preview || !m_patches || m_compared || m_shown == noMember || m_compareJob.isRunning())
        return; // asks again when what hinders it is over
    m_compared = true;
    auto made = std::make_shared<std::shared_ptr<const PatchedImage>>();
    m_compareJob.start([made, memory = m_memory, member = m_shown, patches = m_patches](
                           Progress &, std::stop_token) { *made = patched(*memory, member, patches); },
                       [this, made, memory = m_memory, member = m_shown] {
                           if (m_preview && memory == m_memory && member == m_shown) {
                               m_model.setPreview(*made);
                               showNote();
                               setPath(m_model.pathOf(m_tree->currentIndex()));
                           }
                           compare();
                       });
}

void FieldsPane::showNote()
{
    m_note->setVisible(m_preview && m_shown != noMember);
    if (!m_model.preview()) {
        m_note->setText(tr("Preview: looking for what the export changes here …"));
        return;
    }
    const auto count = static_cast<int>(m_model.preview()->changes().size());
    m_note->setText((count == 0
                         ? tr("Preview: the export changes nothing in this image.")
                         : tr("Δ Preview: the export changes %n place(s) in this image.", nullptr, count)) +
                    QLatin1Char(' ') +
                    tr("This is the restorable export, which keeps every field and length; to see "
                       "what another profile does, compare with its export (Ctrl+D)."));
}

void FieldsPane::setMasked(bool masked)
{
    if (masked)
        m_model.setMask([this](ByteRange range) { return m_hex->isMarked(range.offset, range.length); });
    else
        m_model.setMask(nullptr);
    setPath(m_shown == noMember ? QString() : m_model.pathOf(m_tree->currentIndex()));
}

void FieldsPane::follow()
{
    if (m_shown == noMember)
        return;
    const QModelIndex index = m_model.indexAt(m_hex->cursor());
    if (!index.isValid())
        return;
    const ByteRange chosen = m_model.rangeAt(m_tree->currentIndex());
    if (m_tree->hasFocus() && chosen.contains(m_hex->cursor()))
        return; // the user walks the tree; its choice stands
    m_following = true;
    m_tree->setCurrentIndex(index);
    m_tree->scrollTo(index);
    m_following = false;
    setPath(m_model.pathOf(index));
}

void FieldsPane::setPath(const QString &path)
{
    if (path == m_path)
        return;
    m_path = path;
    Q_EMIT pathChanged();
}

} // namespace cryoscope::ui
