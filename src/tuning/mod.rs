// SPDX-License-Identifier: GPL-3.0-or-later
//! Resource controls: what is asked of libvirt, and what the kernel really holds.

pub mod cgroup;
