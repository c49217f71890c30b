// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportpictures.h"

#include "core/export/reportformats.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace cryoscope
{

namespace
{

// Lengths are units of the SVG: about a pixel.
constexpr double pictureWidth = 1000;
constexpr double barHeight = 26;
constexpr double rowHeight = 36;
constexpr double gapWidth = 14;
constexpr double letterWidth = 6.2; // of the labels' font, on the average
constexpr double leastMark = 7;     // so that one byte is seen, with its pattern

struct KindLook {
    AreaKind kind;
    const char *name;
    const char *letter;
    const char *fill;
    const char *ink; ///< of letters on it
};
constexpr std::array<KindLook, 6> kindLooks{{{AreaKind::Heap, "heap", "H", "#0072B2", "#fff"},
                                             {AreaKind::Stack, "stack", "S", "#009E73", "#000"},
                                             {AreaKind::Anonymous, "anonymous", "A", "#56B4E9", "#000"},
                                             {AreaKind::File, "file", "F", "#E69F00", "#000"},
                                             {AreaKind::Shared, "shared", "M", "#CC79A7", "#000"},
                                             {AreaKind::Kernel, "kernel's", "K", "#999999", "#000"}}};

struct MarkLook {
    MarkState state;
    const char *name;
    const char *pattern;
};
constexpr std::array<MarkLook, 3> markLooks{{{MarkState::Redacted, "redacted", "cr"},
                                             {MarkState::Undecided, "found, undecided", "cu"},
                                             {MarkState::Rejected, "found, rejected: stays", "cj"}}};

const KindLook &lookOf(AreaKind kind)
{
    return *std::find_if(kindLooks.begin(), kindLooks.end(),
                         [kind](const KindLook &look) { return look.kind == kind; });
}

const MarkLook &lookOf(MarkState state)
{
    return *std::find_if(markLooks.begin(), markLooks.end(),
                         [state](const MarkLook &look) { return look.state == state; });
}

/// A length with one digit behind the point, whatever the locale.
std::string units(double value)
{
    const auto tenths = static_cast<int64_t>(std::lround(value * 10));
    return std::to_string(tenths / 10) +
           (tenths % 10 != 0 ? "." + std::to_string(std::abs(tenths % 10)) : "");
}

std::string hexText(uint64_t number)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%" PRIx64, number);
    return text.data();
}

std::string rect(double x, double y, double width, double height, const std::string &more)
{
    return "<rect x=\"" + units(x) + "\" y=\"" + units(y) + "\" width=\"" + units(width) + "\" height=\"" +
           units(height) + "\" " + more + "/>";
}

std::string titled(const std::string &title, const std::string &content)
{
    return "<g><title>" + escapedHtml(title) + "</title>" + content + "</g>\n";
}

std::string label(double x, double y, const std::string &text, const std::string &fill)
{
    return "<text x=\"" + units(x) + "\" y=\"" + units(y) + "\" fill=\"" + fill +
           "\" font-size=\"11\" font-family=\"sans-serif\">" + escapedHtml(text) + "</text>";
}

std::string opened(double height, const std::string &about)
{
    return "<svg role=\"img\" viewBox=\"0 0 " + units(pictureWidth) + " " + units(height) + "\" width=\"" +
           units(pictureWidth) + "\" height=\"" + units(height) + "\" aria-label=\"" + escapedHtml(about) +
           "\"><title>" + escapedHtml(about) + "</title>\n";
}

/// Marks of something whose bytes [start, start + size) are drawn from x on; the weightiest last, on top.
std::string drawnMarks(const std::vector<ReportMark> &marks, uint64_t start, uint64_t size, double x,
                       double y, double width, const std::string &where)
{
    std::string out;
    for (const MarkState state : {MarkState::Rejected, MarkState::Undecided, MarkState::Redacted}) {
        const MarkLook &look = lookOf(state);
        double from = -1; // of those that fall together
        double to = -1;
        uint64_t bytes = 0;
        uint64_t first = 0;
        uint64_t count = 0;
        const auto put = [&] {
            if (count == 0)
                return;
            out += titled(
                std::string(look.name) + ": " + std::to_string(bytes) + " bytes at " + hexText(first) +
                    (count > 1 ? " and in " + std::to_string(count - 1) + " more places" : "") + " of " +
                    where,
                rect(from, y + barHeight / 3, to - from, barHeight * 2 / 3,
                     "fill=\"url(#" + std::string(look.pattern) + ")\" stroke=\"#000\" stroke-width=\".7\""));
            count = 0;
        };
        for (const ReportMark &mark : marks) {
            if (mark.state != state)
                continue;
            const double scale = width / static_cast<double>(std::max<uint64_t>(size, 1));
            const double at =
                std::min(x + static_cast<double>(mark.offset - std::min(start, mark.offset)) * scale,
                         x + width - leastMark);
            const double end =
                std::min(std::max(at + static_cast<double>(mark.length) * scale, at + leastMark), x + width);
            if (count > 0 && at <= to + 1) {
                to = std::max(to, end);
            } else {
                put();
                from = at;
                to = end;
                bytes = 0;
                first = mark.offset;
            }
            bytes += mark.length;
            ++count;
        }
        put();
    }
    return out;
}

double areaWidth(const ReportArea &area)
{
    constexpr double page = 4096;
    return 14 + 9 * std::log2(1 + static_cast<double>(area.end - area.start) / page);
}

std::string drawnArea(const ReportArea &area, double x, double y, double width)
{
    const KindLook &look = lookOf(area.kind);
    std::string title = area.label + " " + hexText(area.start) + "-" + hexText(area.end) + " " +
                        area.permissions + ", " + roundedBytes(area.end - area.start) + ", " +
                        (area.stored == 0 ? "nothing stored" : roundedBytes(area.stored) + " stored");
    const double part =
        width * static_cast<double>(area.stored) /
        static_cast<double>(std::max<uint64_t>(area.end - area.start, 1)); // that is in the checkpoint
    std::string text = area.label;
    if (const size_t slash = text.rfind('/'); slash != std::string::npos && slash + 1 < text.size())
        text = text.substr(slash + 1);
    if (static_cast<double>(text.size()) * letterWidth > width - 4)
        text = look.letter;
    std::string out = titled(
        title,
        rect(x, y, width, barHeight,
             "fill=\"" + std::string(look.fill) + "\" stroke=\"currentColor\" stroke-width=\".6\"" +
                 (area.stored == 0 ? " fill-opacity=\".45\"" : "")) +
            (area.stored > 0 ? rect(x, y + barHeight + 1.5, std::max(part, 2.0), 2.5, "fill=\"currentColor\"")
                             : std::string()) +
            label(x + 3, y + 9.5, text, area.stored == 0 ? "currentColor" : look.ink));
    return out + drawnMarks(area.marks, area.start, area.end - area.start, x, y, width, area.label);
}

std::string swatch(const std::string &fill, const std::string &letter, const std::string &ink,
                   const std::string &name)
{
    return "<span><svg width=\"22\" height=\"14\" viewBox=\"0 0 22 14\" aria-hidden=\"true\">" +
           rect(.5, .5, 21, 13, "fill=\"" + fill + "\" stroke=\"currentColor\"") +
           (letter.empty() ? std::string() : label(8, 11, letter, ink)) + "</svg>" + escapedHtml(name) +
           "</span>";
}

std::string markSwatches()
{
    std::string out;
    for (const MarkLook &look : markLooks)
        out += swatch("url(#" + std::string(look.pattern) + ")", {}, {}, look.name);
    return out;
}

} // namespace

std::string roundedBytes(uint64_t bytes)
{
    constexpr std::array<const char *, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " bytes";
    auto value = static_cast<double>(bytes) / 1024;
    size_t name = 0;
    for (; value >= 1024 && name + 1 < names.size(); ++name)
        value /= 1024;
    return units(value) + " " + names[name];
}

std::string reportPatterns()
{
    const auto pattern = [](const char *id, const char *ground, const std::string &lines) {
        return "<pattern id=\"" + std::string(id) +
               "\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
               "<rect width=\"6\" height=\"6\" fill=\"" +
               ground + "\"/>" + lines + "</pattern>";
    };
    return "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>" +
           pattern("cr", "#D55E00",
                   "<path d=\"M-1 7L7-1M-1 1L1-1M5 7L7 5\" stroke=\"#000\" stroke-width=\"1.6\"/>") +
           pattern("cu", "#F0E442", "<circle cx=\"3\" cy=\"3\" r=\"1.5\" fill=\"#000\"/>") +
           pattern("cj", "#fff", "<path d=\"M0 2H6M0 5H6\" stroke=\"#000\"/>") + "</defs></svg>";
}

std::string areaLegend()
{
    std::string out = "<p class=\"legend\">";
    for (const KindLook &look : kindLooks)
        out += swatch(look.fill, look.letter, look.ink, look.name);
    out += "<span>pale: nothing stored</span><span>line below: the stored share</span>";
    return out + markSwatches() + "</p>";
}

std::string markLegend()
{
    return "<p class=\"legend\">" + markSwatches() + "</p>";
}

std::string taskPicture(const ReportTask &task)
{
    std::string content;
    double x = 1;
    double y = 2;
    uint64_t previous = 0; // end of the area before
    uint64_t marked = 0;
    bool first = true;
    for (const ReportArea &area : task.areas) {
        const double width = std::min(areaWidth(area), pictureWidth - gapWidth - 2);
        const bool gap = !first && area.start > previous;
        if (x + width + (gap ? gapWidth : 0) > pictureWidth - 1) {
            x = 1;
            y += rowHeight;
        }
        if (gap) {
            content += titled(roundedBytes(area.start - previous) + " not mapped",
                              rect(x, y, gapWidth, barHeight, "fill=\"none\"") + "<path d=\"M" +
                                  units(x + 1.5) + " " + units(y + barHeight / 2) +
                                  "l3-5l5 10l3-5\" fill=\"none\" stroke=\"currentColor\"/>");
            x += gapWidth;
        }
        content += drawnArea(area, x, y, width);
        x += width + 1.5;
        previous = std::max(previous, area.end);
        marked += area.marks.empty() ? 0 : 1;
        first = false;
    }
    return opened(y + rowHeight, "Memory of pid " + std::to_string(task.pid) + ": " +
                                     std::to_string(task.areas.size()) + " areas, findings in " +
                                     std::to_string(marked)) +
           content + "</svg>";
}

std::string membersPicture(const std::vector<ReportMember> &members)
{
    constexpr double barAt = 330; // behind the names
    constexpr double sizeWidth = 90;
    constexpr size_t nameLetters = 50;
    double longest = 1;
    for (const ReportMember &member : members)
        longest = std::max(longest, std::log2(1 + static_cast<double>(member.size)));
    std::string content;
    double y = 2;
    for (const ReportMember &member : members) {
        std::string name = member.path;
        if (name.size() > nameLetters) {
            size_t from = name.size() - nameLetters + 1;
            while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xc0) == 0x80)
                ++from; // within a letter
            name = "…" + name.substr(from);
        }
        const double width = std::max((pictureWidth - barAt - sizeWidth) *
                                          std::log2(1 + static_cast<double>(member.size)) / longest,
                                      leastMark);
        const std::string size = member.removed ? "removed" : roundedBytes(member.size);
        content +=
            titled(member.path + ", " + size,
                   label(0, y + 17, name, "currentColor") +
                       rect(barAt, y, width, barHeight,
                            member.removed ? "fill=\"none\" stroke=\"currentColor\" stroke-dasharray=\"3\""
                                           : "fill=\"#56B4E9\" fill-opacity=\".6\" stroke=\"currentColor\" "
                                             "stroke-width=\".6\"") +
                       label(barAt + width + 6, y + 17, size, "currentColor"));
        content += drawnMarks(member.marks, 0, member.size, barAt, y, width, member.path);
        y += rowHeight - 6;
    }
    return opened(y + 4, "Sizes of " + std::to_string(members.size()) + " members and what changes in them") +
           content + "</svg>";
}

} // namespace cryoscope
