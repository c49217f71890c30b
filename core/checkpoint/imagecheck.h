// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/restorefinding.h"

#include <span>
#include <stop_token>

namespace cryoscope
{

/// What restoring the shown set needs of its images, pagemaps and pages files apart: each image that must be
/// there is, each id leads to what it names, and each message is one that CRIU takes. Images are read record
/// by record, so memory taken does not grow with them. `sharedObjects`: shmem ids whose pages are there,
/// ascending.
void checkImages(const Checkpoint &checkpoint, std::span<const uint64_t> sharedObjects,
                 RestoreFindings &findings, std::stop_token stop = {});

} // namespace cryoscope
