// SPDX-License-Identifier: Apache-2.0
#include "tests/support/testschema.h"

namespace cryoscope::test
{

const std::shared_ptr<const Schema> &testSchema()
{
    static const std::shared_ptr<const Schema> schema = Schema::load();
    return schema;
}

} // namespace cryoscope::test
