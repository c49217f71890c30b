// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace cryoscope
{

/// What kind of thing went wrong; front ends map it to exit codes and to what they offer next.
enum class ErrorCode {
    InputUnreadable,  ///< a file cannot be opened or read (permission, I/O)
    InputMalformed,   ///< content contradicts the format
    Unsupported,      ///< valid perhaps, but nothing here can inspect it (encrypted, unknown layout)
    NotFound,         ///< a named member, task, address or case does not exist
    OutputExists,     ///< the place to write to is taken
    OutputUnwritable, ///< writing failed
    ProofFailed,      ///< an export was made but is not what was promised; it has been removed
    Cancelled,        ///< the caller asked to stop
    Usage,            ///< arguments contradict each other
    Internal          ///< a bug here
};

/// An error that can be shown to a user as it is. Holds no bytes of the evidence: messages name fields,
/// offsets, ids and counts, never values.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    std::string file;               ///< path or member name; empty if no file is concerned
    std::optional<uint64_t> offset; ///< bytes from the start of `file`

    /// "FILE at offset N (0xN): MESSAGE", leaving out what is not known.
    [[nodiscard]] std::string describe() const;
};

/// How much a Problem takes away.
enum class Severity {
    Note,    ///< worth knowing, nothing is lost
    Warning, ///< something could not be read or resolved; the rest is usable
    Fatal    ///< the whole input is unusable
};

/// Something wrong with the input that did not stop the rest from being used.
struct Problem {
    Severity severity = Severity::Warning;
    Error error;
};

/// A value or an Error. value() may only be called when ok(); this is asserted.
template <class T> class [[nodiscard]] Result
{
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T &value() &
    {
        assert(ok());
        return *std::get_if<0>(&m_state);
    }
    [[nodiscard]] const T &value() const &
    {
        assert(ok());
        return *std::get_if<0>(&m_state);
    }
    [[nodiscard]] T &&value() &&
    {
        assert(ok());
        return std::move(*std::get_if<0>(&m_state));
    }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }

    [[nodiscard]] const Error &error() const
    {
        assert(!ok());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or an Error.
template <> class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !m_error.has_value(); }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error &error() const
    {
        assert(m_error);
        return *m_error;
    }

private:
    std::optional<Error> m_error;
};

} // namespace cryoscope
