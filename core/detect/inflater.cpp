// SPDX-License-Identifier: Apache-2.0
#include "core/detect/inflater.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace cryoscope
{

Inflater::Inflater() : m_stream(std::make_unique<z_stream_s>()) {}

Inflater::~Inflater()
{
    if (m_ready)
        inflateEnd(m_stream.get());
}

bool Inflater::begin(Form form)
{
    const int windowBits = form == Form::Gzip ? 15 + 16 : 15; // zlib.h: 16 more for gzip
    if (m_ready)
        return inflateReset2(m_stream.get(), windowBits) == Z_OK;
    *m_stream = {};
    m_ready = inflateInit2(m_stream.get(), windowBits) == Z_OK;
    return m_ready;
}

Inflater::Step Inflater::step(std::span<const char> input, std::span<char> output)
{
    constexpr size_t most = std::numeric_limits<uInt>::max();
    const auto in = static_cast<uInt>(std::min(input.size(), most));
    const auto out = static_cast<uInt>(std::min(output.size(), most));
    m_stream->next_in = reinterpret_cast<Bytef *>(const_cast<char *>(input.data()));
    m_stream->avail_in = in;
    m_stream->next_out = reinterpret_cast<Bytef *>(output.data());
    m_stream->avail_out = out;
    const int result = inflate(m_stream.get(), Z_NO_FLUSH);
    Step step;
    step.consumed = in - m_stream->avail_in;
    step.produced = out - m_stream->avail_out;
    step.state = result == Z_STREAM_END                    ? State::End
                 : result == Z_OK || result == Z_BUF_ERROR ? State::More
                                                           : State::Damaged;
    return step;
}

} // namespace cryoscope
