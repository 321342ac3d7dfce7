// SPDX-License-Identifier: GPL-3.0-or-later
//! `demo`.

use crate::args::DemoArguments;
use crate::failure::Failure;

pub async fn demo(_arguments: &DemoArguments) -> Result<(), Failure> {
    Err(Failure::Other("not yet".into()))
}
