// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSplitter>

class QLabel;
class QListWidget;
class QTabWidget;
class QTableView;
class QTreeView;

namespace cryoscope
{
class Memory;
struct Completeness;
} // namespace cryoscope

namespace cryoscope::ui
{

class Actions;
class CheckpointTree;
class ComparePane;
class FieldsPane;
class FindPane;
class FindingPanel;
class HexView;
class ReviewSession;
class TextPane;
class VmaModel;

/// The panes of an open checkpoint and how they are laid out: what is in it on the left, bytes and what
/// belongs to them in the middle, findings on the right. Knows nothing of what is shown in them.
class Workspace : public QSplitter
{
    Q_OBJECT
public:
    Workspace(ReviewSession &session, const Actions &actions, QWidget *parent = nullptr);

    [[nodiscard]] CheckpointTree *tree() const { return m_tree; }
    [[nodiscard]] QTreeView *treeView() const { return m_treeView; }
    [[nodiscard]] HexView *hex() const { return m_hex; }
    /// The bytes as the export will hold them.
    [[nodiscard]] HexView *after() const { return m_after; }
    [[nodiscard]] VmaModel *vmas() const { return m_vmas; }
    [[nodiscard]] TextPane *decoded() const { return m_decoded; }
    [[nodiscard]] FieldsPane *fields() const { return m_fields; }
    [[nodiscard]] FindPane *find() const { return m_find; }
    [[nodiscard]] ComparePane *compare() const { return m_compare; }
    [[nodiscard]] FindingPanel *findings() const { return m_findings; }

    /// Brings the bytes to the front.
    void showBytes();
    void showProblemsTab();
    /// Brings the find pane to the front and the focus into it.
    void showFind();
    /// Brings the comparison to the front and the focus into it; the first time it gets half of the height.
    void showCompare();
    [[nodiscard]] bool isAfterVisible() const;
    /// The line above the bytes: what they are of.
    void setWhere(const QString &text);
    /// Fills the tree and the list of problems; null clears them. Returns how many parts cannot be read.
    size_t setMemory(const std::shared_ptr<const Memory> &memory);
    void addProblem(const QString &text);
    /// What the check for restoring says: the answer, then each fault.
    void addCompleteness(const Completeness &completeness);
    /// Gives the focus to the pane after the one that has it.
    void focusNextPane();

Q_SIGNALS:
    /// Another tab of the lower panes is in front.
    void lowerChanged();
    /// Another image set of the checkpoint is to be shown.
    void setAsked(const QString &set);

private:
    void makeTree();
    QWidget *makeBytes(QWidget *parent);
    void makeVmas(QWidget *parent);
    void makeLower(ReviewSession &session, QWidget *parent);

    CheckpointTree *m_tree = nullptr;
    QTreeView *m_treeView = nullptr;
    QSplitter *m_middle = nullptr; ///< bytes over the lower panes
    bool m_roomMade = false;       ///< for the comparison
    QTabWidget *m_centre = nullptr;
    QLabel *m_where = nullptr;
    HexView *m_hex = nullptr;
    VmaModel *m_vmas = nullptr;
    QTableView *m_vmaView = nullptr;
    QListWidget *m_problems = nullptr;
    int m_problemCount = 0; ///< rows of m_problems that tell of one
    QTabWidget *m_lower = nullptr;
    TextPane *m_decoded = nullptr;
    FieldsPane *m_fields = nullptr;
    HexView *m_after = nullptr;
    FindPane *m_find = nullptr;
    ComparePane *m_compare = nullptr;
    FindingPanel *m_findings = nullptr;
};

} // namespace cryoscope::ui
