// SPDX-License-Identifier: Apache-2.0
#include "ui/export/manifestrow.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>

namespace cryoscope::ui
{

ManifestRow::ManifestRow(QWidget *parent)
    : QWidget(parent), m_wanted(new QCheckBox(tr("&Write one"), this)), m_key(new QLineEdit(this)),
      m_passphrase(new QLineEdit(this))
{
    m_wanted->setObjectName(QStringLiteral("manifestWanted"));
    m_wanted->setToolTip(
        tr("A file beside the export with the hash of each member and what was proven: who gets the export "
           "can check it without the evidence. It holds no values."));
    m_key->setObjectName(QStringLiteral("manifestKey"));
    m_key->setAccessibleName(tr("Ed25519 key that signs the manifest"));
    m_key->setPlaceholderText(tr("Ed25519 key that signs it, PEM (may be left out)"));
    auto *browse = new QPushButton(tr("C&hoose…"), this);
    browse->setAutoDefault(false);
    m_browse = browse;
    m_passphrase->setObjectName(QStringLiteral("manifestPassphrase"));
    m_passphrase->setAccessibleName(tr("Passphrase of the key"));
    m_passphrase->setPlaceholderText(tr("Passphrase"));
    m_passphrase->setEchoMode(QLineEdit::Password);
    m_passphrase->setToolTip(tr("Of the key, if it has one; forgotten once it was used"));
    m_passphrase->setMaximumWidth(190);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_wanted);
    layout->addWidget(m_key, 1);
    layout->addWidget(browse);
    layout->addWidget(m_passphrase);
    connect(m_wanted, &QCheckBox::toggled, this, &ManifestRow::updateState);
    connect(m_key, &QLineEdit::textChanged, this, &ManifestRow::updateState);
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getOpenFileName(this, tr("Key that signs the manifest"), m_key->text());
        if (!path.isEmpty())
            m_key->setText(path);
    });
    updateState();
}

void ManifestRow::updateState()
{
    m_key->setEnabled(m_wanted->isChecked());
    m_browse->setEnabled(m_wanted->isChecked());
    m_passphrase->setEnabled(m_wanted->isChecked() && !m_key->text().isEmpty());
}

ManifestTarget ManifestRow::target(const QString &output) const
{
    if (!m_wanted->isChecked())
        return {};
    return {(output + QStringLiteral(".manifest.json")).toStdString(), m_key->text().trimmed().toStdString(),
            m_passphrase->text().toStdString()};
}

void ManifestRow::clearPassphrase()
{
    m_passphrase->clear();
}

} // namespace cryoscope::ui
