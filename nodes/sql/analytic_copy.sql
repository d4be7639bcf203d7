-- SPDX-License-Identifier: MIT
-- Results on their way into a version's table.
copy analytic_stage from stdin (format binary)
