// SPDX-License-Identifier: GPL-3.0-or-later
//! Forms of the report.
