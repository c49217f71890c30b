// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/proof.h"

#include <QWidget>

class QLabel;
class QTreeWidget;

namespace cryoscope::ui
{

/// The outcome of an export: a verdict, and each thing that was checked.
class ProofView : public QWidget
{
    Q_OBJECT
public:
    explicit ProofView(QWidget *parent = nullptr);

    void setProof(const Proof &proof, const QString &output);
    void setFailure(const QString &text);
    void clear();

private:
    QLabel *m_verdict;
    QTreeWidget *m_items;
};

} // namespace cryoscope::ui
