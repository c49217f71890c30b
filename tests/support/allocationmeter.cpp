// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocationmeter.h"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace
{

std::atomic<int64_t> held{0};
std::atomic<int64_t> highest{0};
std::atomic<uint64_t> largestOne{0};

template <class T> void raise(std::atomic<T> &mark, T value)
{
    T before = mark.load(std::memory_order_relaxed);
    while (before < value && !mark.compare_exchange_weak(before, value, std::memory_order_relaxed)) {
    }
}

void *counted(void *memory, size_t wanted)
{
    if (memory == nullptr)
        throw std::bad_alloc();
    const auto size = static_cast<int64_t>(malloc_usable_size(memory));
    raise(highest, held.fetch_add(size, std::memory_order_relaxed) + size);
    raise(largestOne, static_cast<uint64_t>(wanted));
    return memory;
}

void release(void *memory) noexcept
{
    if (memory != nullptr)
        held.fetch_sub(static_cast<int64_t>(malloc_usable_size(memory)), std::memory_order_relaxed);
    std::free(memory);
}

} // namespace

// All of them lead to malloc and free, so that memory may be given back by either.
void *operator new(size_t size)
{
    return counted(std::malloc(size != 0 ? size : 1), size);
}
// The sanitizers replace this one too, and would take what it gives for something else.
void *operator new(size_t size, const std::nothrow_t &) noexcept
{
    void *memory = std::malloc(size != 0 ? size : 1);
    return memory != nullptr ? counted(memory, size) : nullptr;
}
void *operator new(size_t size, std::align_val_t alignment)
{
    const auto unit = static_cast<size_t>(alignment);
    return counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit), size);
}
void operator delete(void *memory) noexcept
{
    release(memory);
}
void operator delete(void *memory, size_t) noexcept
{
    release(memory);
}
void operator delete(void *memory, std::align_val_t) noexcept
{
    release(memory);
}
void operator delete(void *memory, size_t, std::align_val_t) noexcept
{
    release(memory);
}

namespace cryoscope::test
{

AllocationMeter::AllocationMeter() : m_before(held.load())
{
    highest = m_before;
    largestOne = 0;
}

uint64_t AllocationMeter::peak() const
{
    return static_cast<uint64_t>(highest.load() - m_before);
}

uint64_t AllocationMeter::largest() const
{
    return largestOne.load();
}

} // namespace cryoscope::test
