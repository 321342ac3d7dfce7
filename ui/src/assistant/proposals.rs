// SPDX-License-Identifier: GPL-3.0-or-later
//! What is proposed for a new virtual machine, and the ranges that can be chosen.

use std::path::Path;

use oriel::guest::create::{Offers, PoolOffer, name_fault};

/// KiB in a MiB.
pub const MIB: u64 = 1 << 10;

/// Bytes in a GiB.
pub const GIB: u64 = 1 << 30;

/// The memory that is proposed where the host has plenty, in MiB.
const PROPOSED_MEMORY_MIB: u64 = 4096;

/// The size that is proposed for a disk where there is room, in GiB.
const PROPOSED_DISK_GIB: u64 = 20;

/// The largest disk that the slider offers, in GiB.
const LARGEST_DISK_GIB: u64 = 16 * 1024;

/// A name that an ISO image suggests and that is free.
pub fn suggested_name(image: &Path, taken: impl Fn(&str) -> bool) -> Option<String> {
    let stem = image.file_stem()?.to_str()?;
    let words: Vec<_> = stem
        .split(['-', '_', ' '])
        .filter(|word| !is_noise(word))
        .collect();
    let base = if words.is_empty() {
        stem.trim().to_owned()
    } else {
        words.join(" ")
    };
    let numbered = (2..100).map(|number| format!("{base} {number}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|name| name_fault(name).is_none() && !taken(name))
}

/// Words of an image's name that tell two guests from each other in no way.
fn is_noise(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let noise = [
        "", "amd64", "x86", "64", "x64", "i386", "arm64", "aarch64", "dvd", "dvd1", "cd", "iso",
        "netinst", "desktop", "live", "boot",
    ];
    noise.contains(&word.as_str())
}

/// The least, the proposed and the most memory in MiB.
pub fn memory_range(offers: &Offers) -> (u64, u64, u64) {
    let most = (offers.memory_kib / MIB).max(1);
    let least = (offers.least_memory_kib / MIB).max(64).min(most);
    // A quarter, in whole 256 MiB.
    let quarter = (most / 4 / 256 * 256).max(512);
    (
        least,
        quarter.min(PROPOSED_MEMORY_MIB).clamp(least, most),
        most,
    )
}

/// The proposed and the most processors. More than the host has would only slow it down.
pub fn processor_range(offers: &Offers) -> (u32, u32) {
    let most = offers.cpus.min(offers.max_vcpus).max(1);
    ((most / 2).clamp(1, 4), most)
}

/// The CPU shares of a guest that has none set: those of control groups of version 1 or 2, which
/// differ in their ranges.
pub fn usual_shares(offers: &Offers) -> u64 {
    let (least, most) = offers.cpu_shares;
    let usual = if most <= 10_000 { 100 } else { 1024 };
    usual.clamp(least, most)
}

/// The proposed and the largest size of a disk in GiB.
pub fn disk_range(pool: &PoolOffer) -> (u64, u64) {
    let free = pool.free_bytes.map_or(1024, |bytes| bytes / GIB);
    let most = free.clamp(1, LARGEST_DISK_GIB);
    (PROPOSED_DISK_GIB.min((most / 2).max(1)), most)
}

/// Whether a file that was dropped on the window is taken for an ISO image.
pub fn is_iso(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str());
    extension.is_some_and(|it| it.eq_ignore_ascii_case("iso"))
}

#[cfg(test)]
pub mod tests {
    use oriel::guest::create::Network;
    use oriel::model::host::Kvm;

    use super::*;

    pub fn offers(memory_gib: u64, cpus: u32) -> Offers {
        Offers {
            qemu: true,
            kvm: Kvm::Real,
            memory_kib: memory_gib << 20,
            least_memory_kib: 16 * 1024,
            cpus,
            max_vcpus: 255,
            pools: Vec::new(),
            no_disk: None,
            no_encryption: None,
            networks: Vec::new(),
            usual_network: Network::User,
            cpu_shares: (2, 262_144),
            no_limits: None,
        }
    }

    pub fn pool(free_bytes: Option<u64>) -> PoolOffer {
        PoolOffer {
            name: "default".into(),
            folder: "/images".into(),
            free_bytes,
            new: false,
        }
    }

    #[test]
    fn an_image_suggests_a_name_that_is_free() {
        let suggested = |path: &str, taken: &[&str]| {
            suggested_name(Path::new(path), |name| taken.contains(&name))
        };
        let debian = "/iso/debian-12.5.0-amd64-netinst.iso";
        assert_eq!(suggested(debian, &[]).as_deref(), Some("debian 12.5.0"));
        let second = suggested(debian, &["debian 12.5.0"]);
        assert_eq!(second.as_deref(), Some("debian 12.5.0 2"));
        assert_eq!(suggested("/a/live.iso", &[]).as_deref(), Some("live"));
        assert_eq!(suggested("/", &[]), None);
    }

    #[test]
    fn what_is_proposed_fits_the_host() {
        assert_eq!(memory_range(&offers(64, 8)), (64, 4096, 65_536));
        assert_eq!(memory_range(&offers(4, 8)), (64, 1024, 4096));
        let mut tiny = offers(1, 1);
        tiny.memory_kib = 256 * MIB;
        assert_eq!(memory_range(&tiny), (64, 256, 256));
        assert_eq!(processor_range(&offers(64, 1)), (1, 1));
        assert_eq!(processor_range(&offers(64, 2)), (1, 2));
        assert_eq!(processor_range(&offers(64, 32)), (4, 32));
        let mut host = offers(64, 32);
        assert_eq!(usual_shares(&host), 1024);
        host.cpu_shares = (1, 10_000);
        assert_eq!(usual_shares(&host), 100);
        assert_eq!(disk_range(&pool(Some(500 * GIB))), (20, 500));
        assert_eq!(disk_range(&pool(Some(7 * GIB))), (3, 7));
        assert_eq!(disk_range(&pool(Some(1))), (1, 1));
        assert_eq!(disk_range(&pool(None)), (20, 1024));
    }

    #[test]
    fn an_iso_is_known_by_its_ending() {
        assert!(is_iso(Path::new("/a b/Debian.ISO")));
        assert!(!is_iso(Path::new("/a/iso")) && !is_iso(Path::new("/a/photo.jpeg")));
    }
}
