// SPDX-License-Identifier: GPL-3.0-or-later
//! Passphrases, and their way between the keyring and libvirt.

pub mod generate;
