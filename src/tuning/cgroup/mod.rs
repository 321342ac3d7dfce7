//! TEMP
pub struct R {
    pub min: u64,
    pub max: u64,
}
pub struct V;
impl V {
    pub fn cpu_shares(&self) -> R {
        R {
            min: 2,
            max: 262_144,
        }
    }
}
