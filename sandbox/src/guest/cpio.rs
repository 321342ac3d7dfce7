// SPDX-License-Identifier: GPL-3.0-or-later
//! Writes the archive that the kernel unpacks as its first file system.
//!
//! The format is "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format):
//! a header of 6 + 13 x 8 ASCII characters, the name, the data, each padded to 4 bytes.
//! Owns the bytes only.

/// An archive in the making.
#[derive(Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    /// Adds a folder; those above it must have been added before.
    pub fn folder(&mut self, name: &str) {
        self.entry(name, 0o040_755, b"");
    }

    /// Adds a file that may be run.
    pub fn program(&mut self, name: &str, data: &[u8]) {
        self.entry(name, 0o100_755, data);
    }

    /// Adds a plain file.
    pub fn file(&mut self, name: &str, data: &[u8]) {
        self.entry(name, 0o100_644, data);
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, name: &str, target: &str) {
        self.entry(name, 0o120_777, target.as_bytes());
    }

    /// Ends the archive and gives its bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, b"");
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, data: &[u8]) {
        self.entries += 1;
        // Longer than 4 GiB can't be told in this format, and nothing here comes near.
        let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let name_size = u32::try_from(name.len() + 1).unwrap_or(u32::MAX);
        // inode, mode, uid, gid, links, mtime, size, device (4 numbers), name size, check
        let fields = [
            self.entries,
            mode,
            0,
            0,
            1,
            0,
            size,
            0,
            0,
            0,
            0,
            name_size,
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes
                .extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(data);
        self.pad();
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn an_archive_is_laid_out_as_the_kernel_reads_it() {
        let mut archive = Archive::default();
        archive.file("ab", b"12345");
        let bytes = archive.finish();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with("07070100000001000081a4"));
        // 110 of header, "ab\0", padded to 116; the data padded to 124; the trailer next.
        assert_eq!(&bytes[110..113], b"ab\0");
        assert_eq!(&bytes[116..121], b"12345");
        assert_eq!(&bytes[124..130], b"070701");
        assert!(text.contains("TRAILER!!!"));
        assert_eq!(bytes.len() % 4, 0);
    }
}
