// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportformats.h"

namespace cryoscope
{

namespace
{

constexpr std::string_view style =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--line:#b4bac2;--band:#f2f4f7}"
    "@media(prefers-color-scheme:dark){:root{--ground:#15181d;--ink:#e3e6ea;--line:#4a525c;--band:#1f242b}}"
    "body{font-family:sans-serif;margin:2em auto;max-width:70em;padding:0 1em;line-height:1.4;"
    "background:var(--ground);color:var(--ink)}"
    "h1,h2,h3{line-height:1.2}h2{margin-top:2em;border-bottom:1px solid var(--line)}"
    ".wide{overflow-x:auto;margin:1em 0}table{border-collapse:collapse;font-size:.9em}"
    "th,td{border:1px solid var(--line);padding:.25em .6em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:var(--band)}"
    "svg{max-width:100%;height:auto}h3{margin:1em 0 .3em}.legend "
    "span{display:inline-block;margin-right:1.2em;white-space:nowrap}"
    ".legend svg{vertical-align:middle;margin-right:.3em}.patterns{position:absolute}"
    "@media print{body{max-width:none;margin:0}}";

class HtmlPage final : public ReportPage
{
public:
    void heading(int level, std::string_view text) override
    {
        const std::string tag = "h" + std::to_string(level) + ">";
        m_text += "<" + tag + escapedHtml(text) + "</" + tag + "\n";
    }
    void line(std::string_view text) override { m_text += "<p>" + escapedHtml(text) + "</p>\n"; }
    void item(std::string_view text) override { m_text += "<p>&bull; " + escapedHtml(text) + "</p>\n"; }
    void table(const std::vector<std::string> &head,
               const std::vector<std::vector<std::string>> &rows) override
    {
        m_text += "<div class=\"wide\"><table>\n";
        row("th", head);
        for (const auto &cells : rows)
            row("td", cells);
        m_text += "</table></div>\n";
    }
    [[nodiscard]] bool hasPictures() const override { return true; }
    void picture(std::string_view markup) override { m_text += std::string(markup) + "\n"; }
    std::string finish() override
    {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
               "<meta name=\"viewport\" content=\"width=device-width\"><title>Cryoscope report</title>\n"
               "<style>" +
               std::string(style) + "</style></head>\n<body>\n" + m_text + "</body></html>\n";
    }

private:
    void row(const std::string &tag, const std::vector<std::string> &cells)
    {
        m_text += "<tr>";
        for (const std::string &cell : cells)
            m_text += "<" + tag + ">" + escapedHtml(cell) + "</" + tag + ">";
        m_text += "</tr>\n";
    }

    std::string m_text;
};

} // namespace

std::string escapedHtml(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string renderHtml(const ReportData &data)
{
    HtmlPage page;
    return renderPage(data, page);
}

} // namespace cryoscope
