// SPDX-License-Identifier: GPL-3.0-or-later
//! How strong a passphrase is, in words.
//!
//! zxcvbn copies the passphrase into what it finds. All of it is freed here, while a guard has
//! what is freed overwritten; its tables hold nothing of it. Only a number and the place of a
//! text go out.

use libvirt_ext::memory::ScrubFreed;
use oriel::secret::Passphrase;
use zxcvbn::feedback::{Suggestion, Warning};
use zxcvbn::{Score, zxcvbn};

use oriel_ui_kit::i18n::gettext;

/// How strong a passphrase is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// From 0, guessed at once, to 4.
    pub level: u8,
    /// What is weak about it.
    weakness: Option<Warning>,
    /// What would help most.
    advice: Option<Suggestion>,
}

/// Rates a passphrase. Takes some milliseconds.
pub fn rate(passphrase: &Passphrase, name: &str) -> Strength {
    let _scrub = ScrubFreed::new();
    passphrase.expose(|text| {
        let found = zxcvbn(text, &[name, "oriel", "libvirt", "qemu"]);
        let feedback = found.feedback();
        Strength {
            level: match found.score() {
                Score::Zero => 0,
                Score::One => 1,
                Score::Two => 2,
                Score::Three => 3,
                _ => 4,
            },
            weakness: feedback.and_then(zxcvbn::feedback::Feedback::warning),
            advice: feedback.and_then(|it| it.suggestions().first().copied()),
        }
    })
}

impl Strength {
    /// The strength in a word or two.
    pub fn word(self) -> String {
        gettext(match self.level {
            0 => "Very weak",
            1 => "Weak",
            2 => "Fair",
            3 => "Good",
            _ => "Strong",
        })
    }

    /// What is weak about it and what would help; empty for a good one.
    pub fn hint(self) -> String {
        let parts = [self.weakness.map(weakness), self.advice.map(advice)];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join(" ")
    }
}

fn weakness(warning: Warning) -> String {
    gettext(match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "Rows of keys are easy to guess.",
        Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "Short patterns on the keyboard are easy to guess."
        }
        Warning::RepeatsLikeAaaAreEasyToGuess => "Repeats like “aaa” are easy to guess.",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "Repeats like “abcabc” are hardly harder to guess than “abc”."
        }
        Warning::ThisIsATop10Password => "This is one of the ten most used passwords.",
        Warning::ThisIsATop100Password => "This is one of the hundred most used passwords.",
        Warning::ThisIsACommonPassword => "This is a very common password.",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "This is like a password that many use.",
        Warning::SequencesLikeAbcAreEasyToGuess => "Sequences like “abc” are easy to guess.",
        Warning::RecentYearsAreEasyToGuess => "Recent years are easy to guess.",
        Warning::AWordByItselfIsEasyToGuess => "A word by itself is easy to guess.",
        Warning::DatesAreOftenEasyToGuess => "Dates are often easy to guess.",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => "Names are easy to guess.",
    })
}

fn advice(suggestion: Suggestion) -> String {
    gettext(match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases
        | Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "Some words that nobody else would put together make a good one."
        }
        Suggestion::AddAnotherWordOrTwo => "Add another word or two.",
        Suggestion::CapitalizationDoesntHelpVeryMuch
        | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "Capital letters do not help much."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => {
            "Words spelled backwards are hardly harder to guess."
        }
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            "“@” for “a” and the like do not help much."
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "Use a longer pattern with more turns, or use words."
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => "Avoid repeats.",
        Suggestion::AvoidSequences => "Avoid sequences.",
        Suggestion::AvoidRecentYears | Suggestion::AvoidYearsThatAreAssociatedWithYou => {
            "Avoid years that have to do with you."
        }
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "Avoid dates that have to do with you."
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(text: &str) -> Strength {
        let passphrase = Passphrase::from_vec(text.as_bytes().to_vec()).expect("a passphrase");
        rate(&passphrase, "mail server")
    }

    #[test]
    fn what_everybody_uses_is_very_weak_and_the_hint_says_why() {
        let strength = rated("password");
        assert_eq!(strength.level, 0);
        assert_eq!(strength.word(), "Very weak");
        assert!(strength.hint().contains("most used"), "{}", strength.hint());
    }

    #[test]
    fn the_name_of_the_guest_protects_nothing() {
        assert!(rated("mail server").level < 2);
    }

    #[test]
    fn what_oriel_makes_up_is_strong_and_needs_no_hint() {
        let generated = Passphrase::generate().expect("a passphrase");
        let strength = rate(&generated, "mail server");
        assert_eq!(strength.level, 4);
        assert_eq!(strength.hint(), "");
    }

    #[test]
    fn any_script_and_a_long_text_are_rated() {
        assert_eq!(rated("правильная лошадь батарея скрепка").level, 4);
        assert!(rated(&"长".repeat(2000)).level < 4);
    }
}
