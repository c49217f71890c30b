// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/models/fieldsmodel.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTimer;
class QTreeView;

namespace cryoscope::ui
{

class HexView;

/// The fields of the image that is shown, linked with its bytes both ways: choosing a field selects its
/// bytes, moving in the bytes chooses the field at the cursor. In a preview of the export each field that
/// changes says what it holds before and after.
class FieldsPane : public QWidget
{
    Q_OBJECT
public:
    explicit FieldsPane(HexView *hex, QWidget *parent = nullptr);

    /// Shows the fields of `target` if it is an image.
    void show(std::shared_ptr<const Memory> memory, const ByteTarget &target);
    void clear();
    /// Whether what the export changes is shown, and what that is as far as it is known.
    void setPreview(bool on, PreviewPatches patches);
    /// Whether values of marked and of changed fields are hidden.
    void setMasked(bool masked);
    /// The field at the cursor with all it lies in; empty if no image is shown.
    [[nodiscard]] QString path() const { return m_path; }

Q_SIGNALS:
    void pathChanged();

private:
    void makeTree();
    void layColumns();
    void load();
    void follow();
    void compare();
    void showNote();
    void setPath(const QString &path);

    HexView *m_hex;
    FieldsModel m_model;
    QLabel *m_note; ///< of a preview: how much changes, and what is not previewed
    QStackedWidget *m_pages;
    QTreeView *m_tree;
    QLabel *m_empty;
    QTimer *m_timer; ///< waits until the cursor rests
    QString m_path;
    bool m_following = false; ///< the tree or the bytes are being moved to what is chosen already
    std::shared_ptr<const Memory> m_memory;
    MemberId m_wanted = noMember;
    MemberId m_shown = noMember;
    bool m_preview = false;
    bool m_compared = false; ///< the model has the changes that m_patches make
    PreviewPatches m_patches;
    Job m_job;
    Job m_compareJob;
};

} // namespace cryoscope::ui
