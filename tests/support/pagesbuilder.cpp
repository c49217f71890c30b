// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pagesbuilder.h"

#include "tests/support/fail.h"
#include "tests/support/imagebuilder.h"

#include <algorithm>

namespace cryoscope::test
{

namespace
{
constexpr uint32_t parentFlag = 1;
constexpr uint32_t lazyFlag = 2;
constexpr uint32_t presentFlag = 4;
} // namespace

PagesBuilder &PagesBuilder::write(uint64_t address, std::string_view content)
{
    while (!content.empty()) {
        const uint64_t inPage = address % m_pageSize;
        Page &page = m_pages[address - inPage];
        page.flags = presentFlag;
        page.content.resize(m_pageSize, '\0');
        const auto length = static_cast<size_t>(std::min<uint64_t>(content.size(), m_pageSize - inPage));
        page.content.replace(static_cast<size_t>(inPage), length, content.substr(0, length));
        content.remove_prefix(length);
        address += length;
    }
    return *this;
}

PagesBuilder &PagesBuilder::absent(uint64_t address, uint64_t count, uint32_t flags)
{
    if (address % m_pageSize != 0)
        fail("absent pages begin at a page border");
    for (uint64_t i = 0; i < count; ++i)
        m_pages[address + i * m_pageSize] = {flags, {}};
    return *this;
}

PagesBuilder &PagesBuilder::inParent(uint64_t address, uint64_t count)
{
    return absent(address, count, parentFlag);
}

PagesBuilder &PagesBuilder::lazy(uint64_t address, uint64_t count)
{
    return absent(address, count, lazyFlag);
}

std::string PagesBuilder::pagemap(uint32_t pagesId, PagemapForm form, uint64_t maxRun, ByteOrder order,
                                  bool headMagic) const
{
    ImageBuilder image("PAGEMAP", order);
    if (!headMagic)
        image.headMagic(std::nullopt);
    image.record(MessageBuilder("pagemap_head").set("pages_id", pagesId));
    for (auto page = m_pages.begin(); page != m_pages.end();) {
        const uint64_t start = page->first;
        const uint32_t flags = page->second.flags;
        uint64_t count = 0;
        while (page != m_pages.end() && page->first == start + count * m_pageSize &&
               page->second.flags == flags && count < maxRun) {
            ++page;
            ++count;
        }
        MessageBuilder entry("pagemap_entry");
        entry.set("vaddr", start).set("compat_nr_pages", form == PagemapForm::Current ? 0 : count);
        if (form == PagemapForm::Old) {
            if (flags == parentFlag)
                entry.set("in_parent", true);
            else if (flags != presentFlag)
                fail("old pagemaps have no lazy pages");
        } else {
            entry.set("flags", flags);
        }
        if (form == PagemapForm::Current)
            entry.set("nr_pages", count);
        image.record(entry);
    }
    return image.bytes();
}

std::string PagesBuilder::oldPages(ByteOrder order) const
{
    std::string all = number(0x56084025, 4, order);
    for (const auto &[address, page] : m_pages) {
        if (page.flags != presentFlag)
            fail("old pages files hold pages only");
        all += number(address, 8, order) + page.content;
    }
    return all;
}

std::string PagesBuilder::pages() const
{
    std::string all;
    for (const auto &[address, page] : m_pages)
        all += page.content;
    return all;
}

} // namespace cryoscope::test
