// SPDX-License-Identifier: GPL-3.0-or-later
//! Who gets what of the processors when all are busy: the weights of the guests that run on a
//! host, as parts of their sum.

use oriel_ui_kit::i18n::{gettext_f, ngettext_f};
use oriel_ui_kit::units;

/// Others that are named; those beyond are one part.
const NAMED: usize = 5;

/// A part of the processors.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Whose it is.
    pub name: String,
    /// How much, of 1.
    pub part: f32,
}

/// The parts: first that of `own`, then the others', the largest first.
pub fn parts(own: (&str, u64), mut others: Vec<(String, u64)>) -> Vec<Part> {
    #[allow(clippy::cast_precision_loss, reason = "a bar has some hundred pixels")]
    let sum = (own.1 + others.iter().map(|(_, weight)| weight).sum::<u64>()).max(1) as f32;
    others.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    let rest = others.split_off(others.len().min(NAMED));
    let mut all = vec![(own.0.to_owned(), own.1)];
    all.extend(others);
    match rest.as_slice() {
        [] => {}
        [one] => all.push(one.clone()),
        many => {
            let name = ngettext_f("{number} other", "{number} others", many.len(), &[]);
            all.push((name, many.iter().map(|(_, weight)| weight).sum()));
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a bar has some hundred pixels")]
    let part = |weight: u64| weight as f32 / sum;
    all.into_iter()
        .map(|(name, weight)| Part {
            name,
            part: part(weight),
        })
        .collect()
}

/// A part as a percentage. What is less than a whole one has a decimal.
pub fn percent(part: f32) -> String {
    units::percent(part, part > 0.0 && part < 0.0995)
}

/// Each part with its name.
pub fn legend(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| {
        gettext_f(
            "{name}: {percent}",
            &[("name", &part.name), ("percent", &percent(part.part))],
        )
    });
    texts.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(weights: &[u64]) -> Vec<(String, u64)> {
        let named = weights.iter().enumerate();
        named
            .map(|(number, weight)| (format!("g{number}"), *weight))
            .collect()
    }

    #[test]
    fn a_guest_has_the_part_that_its_weight_is_of_all() {
        let all = parts(("web", 1024), others(&[1024, 2048]));
        let texts: Vec<_> = all
            .iter()
            .map(|part| (part.name.as_str(), part.part))
            .collect();
        assert_eq!(texts, [("web", 0.25), ("g1", 0.5), ("g0", 0.25)]);
        assert_eq!(legend(&all), "web: 25 % · g1: 50 % · g0: 25 %");
    }

    #[test]
    fn many_others_are_one_part() {
        let all = parts(("web", 100), others(&[100; 9]));
        assert_eq!(all.len(), 7);
        assert_eq!(all[6].name, "4 others");
        assert!((all[6].part - 0.4).abs() < 1e-6);
    }

    #[test]
    fn alone_it_gets_all_and_little_has_a_decimal() {
        assert_eq!(percent(parts(("web", 2), vec![])[0].part), "100 %");
        assert_eq!(percent(0.004), "0.4 %");
        assert_eq!(percent(0.125), "12 %");
    }
}
