// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/task.h"

namespace cryoscope
{

std::string taskStateName(TaskState state)
{
    switch (state) {
    case TaskState::Unknown:
        break;
    case TaskState::Alive:
        return "alive";
    case TaskState::Dead:
        return "dead";
    case TaskState::Stopped:
        return "stopped";
    case TaskState::Zombie:
        return "zombie";
    }
    return "state " + std::to_string(static_cast<uint32_t>(state));
}

} // namespace cryoscope
