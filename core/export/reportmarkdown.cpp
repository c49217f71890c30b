// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportformats.h"

namespace cryoscope
{

namespace
{

std::string escapeMarkdown(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += ' ';
            continue;
        }
        if (std::string_view("\\`*_{}[]()<>#+!|~&").find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

class MarkdownPage final : public ReportPage
{
public:
    void heading(int level, std::string_view text) override
    {
        separate();
        m_text += std::string(static_cast<size_t>(level), '#') + " " + escapeMarkdown(text) + "\n";
        m_list = false;
    }
    void line(std::string_view text) override
    {
        separate();
        m_text += escapeMarkdown(text) + "\n";
        m_list = false;
    }
    void item(std::string_view text) override
    {
        if (!m_list)
            separate();
        m_text += "- " + escapeMarkdown(text) + "\n";
        m_list = true;
    }
    void table(const std::vector<std::string> &head,
               const std::vector<std::vector<std::string>> &rows) override
    {
        separate();
        row(head);
        m_text += "|";
        for (size_t i = 0; i < head.size(); ++i)
            m_text += " --- |";
        m_text += "\n";
        for (const auto &cells : rows)
            row(cells);
        m_list = false;
    }
    [[nodiscard]] bool hasPictures() const override { return false; }
    void picture(std::string_view) override {}
    std::string finish() override { return std::move(m_text); }

private:
    void separate()
    {
        if (!m_text.empty())
            m_text += "\n";
    }
    void row(const std::vector<std::string> &cells)
    {
        m_text += "|";
        for (const std::string &cell : cells)
            m_text += " " + escapeMarkdown(cell) + " |";
        m_text += "\n";
    }

    std::string m_text;
    bool m_list = false;
};

} // namespace

std::string renderMarkdown(const ReportData &data)
{
    MarkdownPage page;
    return renderPage(data, page);
}

} // namespace cryoscope
