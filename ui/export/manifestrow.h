// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/manifestfiles.h"

#include <QWidget>

class QCheckBox;
class QLineEdit;

namespace cryoscope::ui
{

/// Asks whether a manifest goes with an export, and with which key it is signed.
class ManifestRow : public QWidget
{
    Q_OBJECT
public:
    explicit ManifestRow(QWidget *parent = nullptr);

    /// For an export at `output`; without a path if there is to be no manifest. It holds the passphrase: wipe
    /// it after use.
    [[nodiscard]] ManifestTarget target(const QString &output) const;
    /// Forgets the passphrase.
    void clearPassphrase();

private:
    void updateState();

    QCheckBox *m_wanted;
    QLineEdit *m_key;
    QWidget *m_browse;
    QLineEdit *m_passphrase;
};

} // namespace cryoscope::ui
