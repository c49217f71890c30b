// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace cryoscope::ui
{

/// A place that says that something can be dropped (the window takes it).
class DropZone : public QWidget
{
    Q_OBJECT
public:
    explicit DropZone(QWidget *parent = nullptr);

    /// Drawn with emphasis while something is held over the window.
    void setActive(bool active);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    bool m_active = false;
};

} // namespace cryoscope::ui
