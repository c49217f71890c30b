// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/windowdetector.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// A user's YARA rules, if the program was built with libyara. Each window is a file to them: a condition
/// over several strings holds if they stand within one (256 KB and what lies around it). Each matching string
/// is a finding of medium confidence, or of the rule's meta `confidence` ("high", "medium", "low"); private
/// strings are none.
class YaraDetector : public WindowDetector
{
public:
    /// Whether the program can do this.
    [[nodiscard]] static bool available();
    /// Compiles rule files. Errors: Unsupported (built without libyara), InputUnreadable, InputMalformed
    /// (file and line).
    static Result<std::unique_ptr<YaraDetector>> make(const std::vector<std::string> &files);
    ~YaraDetector() override;

    [[nodiscard]] Result<std::unique_ptr<Scratch>> makeScratch() const override;
    void search(const RunWindow &window, Scratch &scratch, std::vector<Detection> &out) override;
    [[nodiscard]] bool isPure() const override { return true; }
    [[nodiscard]] std::vector<Problem> problems() const override;

private:
    YaraDetector() = default;
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace cryoscope
