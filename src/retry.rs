// SPDX-License-Identifier: GPL-3.0-or-later
//! Trying again what fails for a reason that passes.
//!
//! It owns the loop alone: which failures pass, and what is told meanwhile, is the caller's
//! business. It blocks while it waits.

use std::time::Duration;

/// How patient a retry is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How often the act is tried in all.
    pub tries: u32,
    /// How long the wait is after the first try; it grows with each.
    pub pause: Duration,
}

/// Does `act` until it succeeds, fails for a reason that does not pass, or has been tried often
/// enough. `again` hears the number of the try that comes and the failure before it, and may call
/// the rest off.
///
/// # Errors
/// The last failure of `act`, or what `again` says.
pub(crate) fn retry<T, E>(
    patience: Patience,
    passes: impl Fn(&E) -> bool,
    mut again: impl FnMut(u32, &E) -> Result<(), E>,
    mut act: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut tries = 1;
    loop {
        let error = match act() {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if tries >= patience.tries || !passes(&error) {
            return Err(error);
        }
        again(tries + 1, &error)?;
        std::thread::sleep(patience.pause * tries);
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Patience = Patience {
        tries: 5,
        pause: Duration::ZERO,
    };

    /// Runs an act that gives these results in turn; tells how often it ran, and what was told.
    fn run(
        results: &[Result<u8, &'static str>],
        call_off_at: u32,
    ) -> (Result<u8, &'static str>, usize, Vec<u32>) {
        let (mut ran, mut told) = (0, Vec::new());
        let result = retry(
            QUICK,
            |error| *error == "passes",
            |number, _| {
                told.push(number);
                if number == call_off_at {
                    Err("called off")
                } else {
                    Ok(())
                }
            },
            || {
                ran += 1;
                results[ran - 1]
            },
        );
        (result, ran, told)
    }

    #[test]
    fn only_a_failure_that_passes_is_tried_again() {
        assert_eq!(run(&[Ok(7)], 0), (Ok(7), 1, vec![]));
        assert_eq!(run(&[Err("stays"), Ok(7)], 0), (Err("stays"), 1, vec![]));
        let passed = [Err("passes"), Err("passes"), Ok(7)];
        assert_eq!(run(&passed, 0), (Ok(7), 3, vec![2, 3]));
        let changed = [Err("passes"), Err("stays"), Ok(7)];
        assert_eq!(run(&changed, 0), (Err("stays"), 2, vec![2]));
    }

    #[test]
    fn it_ends_after_so_many_tries_or_when_it_is_called_off() {
        let never = [Err("passes"); 6];
        assert_eq!(run(&never, 0), (Err("passes"), 5, vec![2, 3, 4, 5]));
        assert_eq!(run(&never, 3), (Err("called off"), 2, vec![2, 3]));
    }
}
