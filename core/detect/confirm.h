// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/charset.h"
#include "core/detect/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

struct Rule;

/// A confirmed value in a text: exactly its bytes.
struct TextMatch {
    size_t begin = 0; ///< in the text
    size_t end = 0;   ///< exclusive
    Confidence confidence = Confidence::Medium;
    Encoding encoding = Encoding::Raw; ///< of the value within the text (escaped, base64)
    std::string why;                   ///< free of the value
    std::string label;                 ///< name beside the value
    std::string kind;                  ///< if it is another than the rule's
};

/// Looks at what stands around `anchor`, which begins at `at` in `text`, and adds the values that it
/// confirms. Pure; any text, any position is fine. No function looks further than contextBefore before the
/// anchor, or contextAfter after it.
using ConfirmFunction = void (*)(const Rule &rule, std::string_view text, size_t at, std::string_view anchor,
                                 std::vector<TextMatch> &out);

inline constexpr size_t contextBefore = size_t{4} << 10; ///< characters
inline constexpr size_t contextAfter = size_t{17} << 10; ///< characters: the longest private key in PEM

/// What makes a rule look at a place.
enum class Trigger {
    Anchor,   ///< one of its literals
    TokenRun, ///< a bounded run of base64 characters; `at` is its begin, `anchor` the run
    Text,     ///< called once a stretch of text, with the whole of it as anchor
    Percent,  ///< a literal of percent-encoded text; it is decoded and searched again
    Escaped   ///< a literal of JSON-escaped text
};

struct ConfirmEntry {
    std::string_view name;
    ConfirmFunction function;
    Trigger trigger;
    std::string_view about; ///< what it checks, for people
};
/// The function that rules may name so; null if there is none.
[[nodiscard]] const ConfirmEntry *findConfirm(std::string_view name);

/// Whether a variable, option or field of this name holds a secret by its name ("DB_PASSWORD", "--api-key").
[[nodiscard]] bool isSecretName(std::string_view name);

// The functions behind the names; see the rules for what each is for.
void confirmToken(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmPem(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmPutty(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmJwt(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmAuthorization(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmHeader(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmCookie(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmUrl(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmCrypt(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmScram(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmAws(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmAzureClientSecret(const Rule &, std::string_view, size_t, std::string_view,
                              std::vector<TextMatch> &);
void confirmTelegram(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmOpenaiLegacy(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmTerraform(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmNewrelicLicense(const Rule &, std::string_view, size_t, std::string_view,
                            std::vector<TextMatch> &);
void confirmTwilio(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmMailchimp(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmAssignment(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmCommand(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmConfigured(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmRunToken(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmHighEntropy(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmHexKey(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmCard(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmIban(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmMail(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);
void confirmPhone(const Rule &, std::string_view, size_t, std::string_view, std::vector<TextMatch> &);

/// Whether a token may begin at `at`: what stands before it does not belong to it, is a single byte after
/// binary ones (the length of a string in a message), or is the end of an escape ("\n", "%3D", "\u0026").
[[nodiscard]] bool tokenBoundary(std::string_view text, size_t at);

} // namespace cryoscope
