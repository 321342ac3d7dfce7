// SPDX-License-Identifier: GPL-3.0-or-later
//! The options of resource controls: one for each row of the engine's table.

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use oriel::control::Change;
use oriel::model::control::{CONTROLS, Control, Unit};

use crate::size;

/// What is to be changed.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// In the order of the table.
    pub changes: Vec<Change>,
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::default();
        settings.update_from_arg_matches(matches)?;
        Ok(settings)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for control in CONTROLS {
            if let Some(Value(value)) = matches.get_one(control.name) {
                let value = *value;
                self.changes.push(Change { control, value });
            }
        }
        Ok(())
    }
}

impl Args for Settings {
    fn augment_args(mut command: Command) -> Command {
        for control in CONTROLS {
            command = command.arg(
                Arg::new(control.name)
                    .long(option(control))
                    .value_name(value_name(control))
                    .value_parser(parser(control))
                    .help(help(control)),
            );
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// A value in the control's own unit; `None` for "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value(Option<u64>);

/// The option's name, without dashes before it.
fn option(control: &Control) -> String {
    control.name.replace('_', "-")
}

fn value_name(control: &Control) -> &'static str {
    match (control.unit, control.can_be_unset) {
        (Unit::Bytes, true) => "SIZE|none",
        (Unit::Bytes, false) => "SIZE",
        (Unit::Percent, true) => "PERCENT|none",
        (Unit::Percent, false) => "PERCENT",
        (Unit::Weight, true) => "N|none",
        (Unit::Weight, false) => "N",
    }
}

fn parser(control: &'static Control) -> ValueParser {
    ValueParser::new(move |text: &str| -> Result<Value, String> {
        if control.can_be_unset && text == "none" {
            return Ok(Value(None));
        }
        let value = match control.unit {
            Unit::Bytes => size::parse(text)?.kib().saturating_mul(1024),
            Unit::Percent => number(text.trim_end_matches('%').trim_end())?,
            Unit::Weight => number(text)?,
        };
        Ok(Value(Some(value)))
    })
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "it is no whole number".into())
}

fn help(control: &Control) -> String {
    let range = match control.unit {
        Unit::Weight => " [2 to 262144 with cgroup v1, 1 to 10000 with v2]",
        Unit::Percent => " [100 is one processor]",
        Unit::Bytes => "",
    };
    let text = control.explanation.trim_end_matches('.');
    format!("{}: {}{range}", control.title.text, lower(text))
}

fn lower(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

#[cfg(test)]
mod tests {
    use oriel::model::control;

    use super::*;

    fn parsed(words: &[&str]) -> Result<Settings, clap::Error> {
        let command = Settings::augment_args(Command::new("tune").no_binary_name(true));
        Settings::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    #[test]
    fn each_control_has_an_option_in_its_own_unit() {
        let settings = parsed(&["--cpu-shares", "300", "--memory-limit", "1G"]).unwrap();
        let values: Vec<_> = settings.changes.iter().map(|it| it.value).collect();
        assert_eq!(values, [Some(300), Some(1 << 30)]);
        assert_eq!(settings.changes[0].control, &control::CPU_SHARES);
        let none = parsed(&["--memory-limit", "none"]).unwrap();
        assert_eq!(none.changes[0].value, None);
        assert!(parsed(&["--cpu-shares", "none"]).is_err());
        assert!(parsed(&["--cpu-shares", "-1"]).is_err());
        assert!(parsed(&[]).unwrap().changes.is_empty());
    }
}
