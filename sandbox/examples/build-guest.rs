// SPDX-License-Identifier: GPL-3.0-or-later
//! Builds the small guest in the folder that is named, to try it by hand with QEMU.

use oriel_sandbox::guest::{CMDLINE, Guest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("Name a folder for the guest's files")?;
    let guest = Guest::build(folder.as_ref())?;
    #[allow(clippy::print_stdout)]
    {
        println!(
            "qemu-system-x86_64 -m 128 -nographic -kernel {} -initrd {} -append '{CMDLINE}'",
            guest.kernel.display(),
            guest.initrd.display()
        );
    }
    Ok(())
}
