// SPDX-License-Identifier: GPL-3.0-or-later
//! What the `virt` crate lacks or gets wrong; the only crate of Oriel with `unsafe` code.
