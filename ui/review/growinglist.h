// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>

namespace cryoscope::ui
{

/// A list to which one thread adds while others read what they know to be there: nothing in it ever moves.
/// Who adds must tell the others how much there is by other means, which order their memory (a queue, say).
template <class T> class GrowingList
{
public:
    /// For the thread that adds.
    void add(T value)
    {
        const auto [part, offset] = placeOf(m_size);
        if (offset == 0)
            m_parts[part] = std::make_unique<T[]>(firstPart << part);
        m_parts[part][offset] = std::move(value);
        ++m_size;
    }
    /// For the thread that adds.
    [[nodiscard]] size_t size() const { return m_size; }
    [[nodiscard]] const T &operator[](size_t position) const
    {
        const auto [part, offset] = placeOf(position);
        return m_parts[part][offset];
    }

private:
    static constexpr size_t firstPart = 256; ///< each part is twice as long as the one before

    static std::pair<size_t, size_t> placeOf(size_t position)
    {
        const auto part = static_cast<size_t>(std::bit_width(position / firstPart + 1)) - 1;
        return {part, position - firstPart * ((size_t{1} << part) - 1)};
    }

    std::array<std::unique_ptr<T[]>, 56> m_parts;
    size_t m_size = 0;
};

} // namespace cryoscope::ui
