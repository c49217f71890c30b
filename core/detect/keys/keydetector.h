// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/keys/keyanchors.h"
#include "core/detect/keys/keyevidence.h"
#include "core/detect/literalmatcher.h"
#include "core/detect/windowdetector.h"

namespace cryoscope
{

/// Finds keys as bytes: expanded AES keys, private keys in DER and in OpenSSH's forms, ChaCha20 states,
/// secrets of TLS sessions; and numbers of RSA and EC keys by what they have to do with each other and with
/// public keys, which finish() tells.
class KeyDetector : public WindowDetector
{
public:
    /// Errors: Internal.
    static Result<std::unique_ptr<KeyDetector>> make();

    [[nodiscard]] Result<std::unique_ptr<Scratch>> makeScratch() const override;
    void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) override;
    [[nodiscard]] std::vector<Finding> finish(const Memory &memory, size_t threads) override;

private:
    struct KeyScratch;
    KeyDetector() = default;

    void searchSchedules(const RunWindow &window, KeyScratch &scratch);
    void searchChunks(const RunWindow &window, KeyScratch &scratch);

    std::vector<KeyLiteral> m_literals;
    std::shared_ptr<const LiteralMatcher> m_anchors; ///< of m_literals
    KeyEvidence m_evidence;
};

} // namespace cryoscope
