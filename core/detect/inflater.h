// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

struct z_stream_s;

namespace cryoscope
{

/// Decodes one gzip or zlib stream after the other, piece by piece. Not thread-safe.
class Inflater
{
public:
    enum class Form { Gzip, Zlib };
    enum class State { More, End, Damaged };
    struct Step {
        State state = State::More;
        size_t consumed = 0; ///< bytes of the input
        size_t produced = 0; ///< bytes of the output
    };

    Inflater();
    ~Inflater();
    Inflater(const Inflater &) = delete;
    Inflater &operator=(const Inflater &) = delete;

    /// Begins a stream. False if there is no memory.
    [[nodiscard]] bool begin(Form form);
    /// Decodes as much as fits. More with nothing consumed and nothing produced: it wants more input.
    [[nodiscard]] Step step(std::span<const char> input, std::span<char> output);

private:
    std::unique_ptr<z_stream_s> m_stream;
    bool m_ready = false;
};

} // namespace cryoscope
