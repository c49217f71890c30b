// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/ruleset.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// A confirmed value in a text: exactly its bytes.
struct TextMatch {
    size_t begin = 0; ///< in the text
    size_t end = 0;   ///< exclusive
    Confidence confidence = Confidence::Medium;
    Encoding encoding = Encoding::Raw; ///< of the value within the text (escaped, base64)
    std::string why;                   ///< free of the value
    std::string label;                 ///< name beside the value
};

/// Looks at what stands around an anchor, which begins at `at` in `text`, and adds the values that it
/// confirms. Pure; any text, any position is fine.
void confirm(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
             std::vector<TextMatch> &out);

/// Whether rules may name this confirm function.
[[nodiscard]] bool isConfirmName(std::string_view name);

/// Whether a variable, option or field of this name holds a secret by its name ("DB_PASSWORD", "--api-key").
[[nodiscard]] bool isSecretName(std::string_view name);

// The functions behind the names; see the rules for what each is for.
void confirmToken(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                  std::vector<TextMatch> &out);
void confirmPem(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmJwt(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmAuthorization(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out);
void confirmHeader(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out);
void confirmCookie(std::string_view text, size_t at, size_t anchorLength, std::vector<TextMatch> &out);
void confirmUrl(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmCrypt(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmAzureClientSecret(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmTelegram(std::string_view text, size_t at, std::vector<TextMatch> &out);
void confirmAssignment(const Rule &rule, std::string_view text, size_t at, size_t anchorLength,
                       std::vector<TextMatch> &out);

// Character classes and walks that the functions share.
[[nodiscard]] constexpr bool isAlpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool isDigitChar(char c)
{
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool isAlnum(char c)
{
    return isAlpha(c) || isDigitChar(c);
}
/// Whether a token may begin at `at`: what stands before it does not belong to it, is a single byte after
/// binary ones (the length of a string in a message), or is the end of an escape ("\n", "%3D", "\u0026").
[[nodiscard]] bool tokenBoundary(std::string_view text, size_t at);

} // namespace cryoscope
