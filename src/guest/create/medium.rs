// SPDX-License-Identifier: GPL-3.0-or-later
//! What an install medium is, by its own bytes: an image of a CD or DVD, or something else that a
//! guest could not start from as from one.
//!
//! An ISO 9660 image has its first volume descriptor in sector 16 (ECMA-119, 8.1), and one of UDF
//! its first volume structure descriptor at the same place (ECMA-167, 2/9.1).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Where the identifiers of sector 16 begin, in bytes, behind the type of the descriptor.
const IDENTIFIER: u64 = 16 * 2048 + 1;

/// The identifiers of a CD or DVD.
const DISC: [&[u8; 5]; 2] = [b"CD001", b"BEA01"];

/// What disks of virtual machines begin with, and what people call them.
const DISKS: [(&[u8], &str); 5] = [
    (b"QFI\xfb", "qcow2"),
    (b"KDMV", "VMDK"),
    (b"vhdxfile", "VHDX"),
    (b"conectix", "VHD"),
    (b"QED\0", "QED"),
];

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// A CD or DVD.
    Disc,
    /// The disk of a virtual machine, in that format.
    Disk(&'static str),
    /// Something else.
    Other,
}

/// Looks what a file is. Blocks.
///
/// # Errors
///
/// The system's, where it can't be read.
pub(super) fn look(file: &File) -> io::Result<Medium> {
    let mut identifier = [0; 5];
    if read(file, &mut identifier, IDENTIFIER)? && DISC.iter().any(|known| **known == identifier) {
        return Ok(Medium::Disc);
    }
    let mut begin = [0; 8];
    for (magic, name) in DISKS {
        let part = &mut begin[..magic.len()];
        if read(file, part, 0)? && *part == *magic {
            return Ok(Medium::Disk(name));
        }
    }
    Ok(Medium::Other)
}

/// Reads so many bytes from a place; not where the file ends before.
fn read(file: &File, part: &mut [u8], place: u64) -> io::Result<bool> {
    match file.read_exact_at(part, place) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::*;

    fn file(parts: &[(u64, &[u8])]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        for (place, bytes) in parts {
            file.seek(SeekFrom::Start(*place)).unwrap();
            file.write_all(bytes).unwrap();
        }
        file
    }

    #[test]
    fn a_medium_is_known_by_its_bytes() {
        let seen = |parts: &[(u64, &[u8])]| look(&file(parts)).unwrap();
        assert_eq!(seen(&[(IDENTIFIER, b"CD001")]), Medium::Disc);
        assert_eq!(seen(&[(IDENTIFIER, b"BEA01")]), Medium::Disc);
        // A disc that can be written to a stick as well begins with a table of partitions.
        assert_eq!(
            seen(&[(510, b"\x55\xaa"), (IDENTIFIER, b"CD001")]),
            Medium::Disc
        );
        assert_eq!(seen(&[(0, b"QFI\xfb\0\0\0\x03")]), Medium::Disk("qcow2"));
        assert_eq!(seen(&[(0, b"KDMV")]), Medium::Disk("VMDK"));
        for other in [b"" as &[u8], b"Q", b"a text", &vec![0; 40_000]] {
            assert_eq!(seen(&[(0, other)]), Medium::Other, "{other:?}");
        }
    }
}
