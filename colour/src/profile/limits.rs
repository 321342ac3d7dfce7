// SPDX-License-Identifier: GPL-3.0-or-later
//! Caps on what a profile may ask for, so that nobody's memory or time is at its mercy.

use super::{Reader, Refusal, TagEntry};

/// The largest profile, in bytes. The largest seen in the wild has 1.26 MB; an X property set
/// in one go can have 16 MiB.
pub const MAX_SIZE: usize = 8 << 20;

/// The most tags that a profile may have.
pub const MAX_TAGS: usize = 100;

/// The most nodes that a colour table may have along one axis.
pub const MAX_GRID: u8 = 65;

/// The most nodes that a colour table may have in all: 65³ and a little, for four inks 22⁴.
const MAX_NODES: u64 = 300_000;

/// Checks the grids of all tables before anybody makes room for them.
pub(super) fn check_tables(bytes: &[u8], tags: &[TagEntry]) -> Result<(), Refusal> {
    for tag in tags {
        let content = bytes.get(tag.range()).ok_or(Refusal::Truncated)?;
        let reader = Reader(content);
        let refuse = |points| Refusal::GridTooLarge {
            tag: tag.signature,
            points,
        };
        match &tag.kind.0 {
            // lut8Type and lut16Type: one number of nodes for all axes.
            b"mft1" | b"mft2" => {
                let channels = reader.u8(8).ok_or(Refusal::Truncated)?;
                let points = reader.u8(10).ok_or(Refusal::Truncated)?;
                let nodes = u64::from(points).checked_pow(u32::from(channels));
                if points > MAX_GRID || nodes.is_none_or(|nodes| nodes > MAX_NODES) {
                    return Err(refuse(points));
                }
            }
            // lutAToBType and lutBToAType: sixteen numbers at the table's start.
            b"mAB " | b"mBA " => {
                let table = reader.length(24).ok_or(Refusal::Truncated)?;
                if table == 0 {
                    continue;
                }
                let channels = usize::from(reader.u8(8).ok_or(Refusal::Truncated)?);
                let grid = reader.slice(table, 16).ok_or(Refusal::Truncated)?;
                let mut nodes = 1_u64;
                for points in grid.iter().take(channels.min(16)) {
                    nodes = nodes.saturating_mul(u64::from(*points));
                    if *points > MAX_GRID || nodes > MAX_NODES {
                        return Err(refuse(*points));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
