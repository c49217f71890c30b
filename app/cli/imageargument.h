// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include "core/image/image.h"

#include <memory>
#include <string>

namespace cryoscope::cli
{

/// An image that was named on the command line, with what keeps it alive.
struct ImageArgument {
    Image image;
    std::shared_ptr<const Checkpoint> checkpoint; ///< null if it is a file of its own
};

/// Whether `name` is a file that starts like an image, or CHECKPOINT!MEMBER, rather than a checkpoint.
[[nodiscard]] bool namesImage(const std::string &name);

/// Opens FILE, or CHECKPOINT!MEMBER. Errors: those of opening, NotFound.
[[nodiscard]] Result<ImageArgument> openImageArgument(Context &context, const std::string &name);

} // namespace cryoscope::cli
