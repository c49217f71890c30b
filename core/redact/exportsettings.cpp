// SPDX-License-Identifier: Apache-2.0
#include "core/redact/exportsettings.h"

#include "core/base/hash.h"
#include "core/detect/encodings.h"

namespace cryoscope
{

namespace
{

// Names of settings of a case.
constexpr const char *replacementSetting = "replacement";
constexpr const char *profileSetting = "profile";
constexpr const char *filesSetting = "fileTreatments";
constexpr const char *keySetting = "pseudonymKey";

} // namespace

Result<ExportSettings> ExportSettings::of(const Case &review)
{
    ExportSettings settings;
    if (const std::string text = review.setting(replacementSetting); !text.empty()) {
        const auto replacement = Replacement::parse(text);
        if (!replacement)
            return replacement.error();
        settings.replacement = *replacement;
    }
    if (const std::string text = review.setting(profileSetting); !text.empty()) {
        const auto profile = Profile::parse(text);
        if (!profile)
            return profile.error();
        settings.profile = *profile;
    }
    auto files = FileTreatments::parse(review.setting(filesSetting));
    if (!files)
        return files.error();
    settings.files = std::move(*files);
    settings.pseudonymKey = decodeHex(review.setting(keySetting)).value_or(std::string());
    return settings;
}

Result<void> ExportSettings::keepIn(Case &review) const
{
    for (const auto &[name, value] :
         {std::pair(replacementSetting, replacement.describe()),
          std::pair(profileSetting, profile.describe()), std::pair(filesSetting, files.describe()),
          std::pair(keySetting, toHex(asBytes(pseudonymKey)))}) {
        if (auto done = review.setSetting(name, value); !done)
            return done;
    }
    return {};
}

} // namespace cryoscope
