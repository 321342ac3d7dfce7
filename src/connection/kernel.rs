//! TEMP
use super::{Calls, Inventory};
use crate::tuning::KernelChange;
use tokio::sync::mpsc;
pub(super) struct KernelWatch(mpsc::UnboundedSender<KernelChange>);
impl KernelWatch {
    pub(super) fn new(_c: &Calls, s: mpsc::UnboundedSender<KernelChange>) -> Self {
        Self(s)
    }
    pub(super) fn follow(&mut self, _i: &Inventory) {}
}
