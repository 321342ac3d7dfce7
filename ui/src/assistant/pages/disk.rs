// SPDX-License-Identifier: GPL-3.0-or-later
//! The disk, and the passphrase that encrypts it.
//!
//! What is typed stays in GTK's own wiped memory until it is taken; a generated passphrase is on
//! the screen only while the person looks at it.

use libvirt_ext::memory::ScrubFreed;
use oriel::guest::create::{Offers, PoolOffer};
use oriel::message::Message;
use oriel::secret::Passphrase;
use oriel_ui_kit::a11y;
use oriel_ui_kit::i18n::{gettext, gettext_f, said};
use oriel_ui_kit::rows::{SliderRow, switch_row};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::assistant::messages::AssistantMsg;
use crate::assistant::strength::Strength;
use crate::assistant::{proposals, rows, words};
use crate::questions::typed;

/// How the disk is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all, or there is no disk.
    None,
    /// With a passphrase that Oriel makes up.
    Generated,
    /// With the person's own.
    Own,
}

/// What was typed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    Nothing,
    /// The second is still missing, or differs.
    Differing,
    /// The same.
    Same,
}

/// The page.
#[derive(Debug)]
pub struct DiskPage {
    /// Its widget.
    pub page: adw::PreferencesPage,
    with_disk: (adw::ActionRow, gtk::Switch),
    size: SliderRow,
    pool: adw::ComboRow,
    pools: Vec<PoolOffer>,
    protection: adw::PreferencesGroup,
    encrypt: (adw::ActionRow, gtk::Switch),
    generated: (adw::ActionRow, gtk::CheckButton),
    own: (adw::ActionRow, gtk::CheckButton),
    reveal_row: adw::ActionRow,
    reveal: gtk::Button,
    revealed: adw::PreferencesRow,
    words: gtk::Label,
    first: adw::EntryRow,
    second: adw::EntryRow,
    strength: adw::PreferencesRow,
    level: gtk::LevelBar,
    hint: gtk::Label,
    meaning: gtk::Label,
    keyring: Result<(), Message>,
}

impl DiskPage {
    /// Makes it.
    pub fn new(out: &Sender<AssistantMsg>) -> Self {
        let page = adw::PreferencesPage::new();
        let switch = |title: &str, subtitle: &str| {
            let (row, switch) = switch_row(title, subtitle);
            switch.set_active(true);
            let out = out.clone();
            switch.connect_active_notify(move |_| out.emit(AssistantMsg::Edited));
            (row, switch)
        };
        let with_disk = switch(&gettext("Hard Disk"), "");
        let adjustment = gtk::Adjustment::new(1.0, 1.0, 1.0, 1.0, 10.0, 0.0);
        let changed = out.clone();
        adjustment.connect_value_changed(move |_| changed.emit(AssistantMsg::Edited));
        let size = SliderRow::new(&gettext("Size"), "GiB", &adjustment);
        let pool = rows::list(&gettext("Storage Pool"));
        let changed = out.clone();
        pool.connect_selected_notify(move |_| changed.emit(AssistantMsg::Edited));
        let disk = rows::group("", "");
        disk.add(&with_disk.0);
        disk.add(&size.row);
        disk.add(&pool);

        let encrypt = switch(
            &gettext("Encrypt"),
            &gettext("The disk can’t be read without the passphrase"),
        );
        let [generated, own] = rows::choice(
            [
                (
                    &gettext("Generate a Passphrase"),
                    &gettext("Seven random words; there is nothing to remember"),
                ),
                (&gettext("Choose a Passphrase"), &gettext("Type your own")),
            ],
            out,
        );
        let (reveal_row, reveal) = reveal_row(out);
        let (revealed, words) = revealed_row(out);
        let first = secret(&gettext("Passphrase"), out);
        let second = secret(&gettext("Confirm Passphrase"), out);
        let (strength, level, hint) = strength_row();
        let meaning = rows::line();
        let protection = rows::group("", "");
        for row in [&encrypt.0, &generated.0] {
            protection.add(row);
        }
        protection.add(&reveal_row);
        protection.add(&revealed);
        protection.add(&own.0);
        protection.add(&first);
        protection.add(&second);
        // Tab leaves a list at a row that takes no focus.
        protection.add(&strength);
        protection.add(&meaning);
        page.add(&disk);
        page.add(&protection);
        Self {
            page,
            with_disk,
            size,
            pool,
            pools: Vec::new(),
            protection,
            encrypt,
            generated,
            own,
            reveal_row,
            reveal,
            revealed,
            words,
            first,
            second,
            strength,
            level,
            hint,
            meaning,
            keyring: Ok(()),
        }
    }

    /// Takes over what the host has, and whether there is a keyring.
    pub fn set_offers(&mut self, offers: &Offers, keyring: Result<(), Message>) {
        self.pools.clone_from(&offers.pools);
        let texts: Vec<_> = self.pools.iter().map(|pool| pool.name.clone()).collect();
        rows::fill(&self.pool, &texts);
        self.pool.set_visible(self.pools.len() > 1);
        if let Some(pool) = self.pools.first() {
            let (proposed, _) = proposals::disk_range(pool);
            self.fit(pool);
            self.size.adjustment.set_value(whole(proposed));
        }
        let (row, switch) = &self.with_disk;
        row.set_sensitive(offers.no_disk.is_none());
        row.set_subtitle(&offers.no_disk.as_ref().map(said).unwrap_or_default());
        switch.set_active(offers.no_disk.is_none());
        let (row, switch) = &self.encrypt;
        row.set_sensitive(offers.no_encryption.is_none());
        if let Some(why) = &offers.no_encryption {
            row.set_subtitle(&said(why));
            switch.set_active(false);
        }
        // What nobody keeps must be known to the person.
        self.generated.0.set_visible(keyring.is_ok());
        if keyring.is_err() {
            self.own.1.set_active(true);
        }
        self.keyring = keyring;
    }

    /// Shows what belongs to the choices. `kept` is whether a passphrase was typed before.
    pub fn refresh(&self, kept: bool) {
        let pool = self.chosen_pool();
        let disk = self.with_disk.1.is_active();
        self.size.row.set_visible(disk);
        self.pool.set_visible(disk && self.pools.len() > 1);
        self.protection.set_visible(disk);
        if let Some(pool) = pool {
            self.fit(pool);
            self.size.say(&words::disk_line(self.size_gib(), pool));
        }
        let protection = self.protection();
        let encrypted = self.encrypt.1.is_active();
        let keyring = self.keyring.is_ok();
        self.generated.0.set_visible(encrypted && keyring);
        self.own.0.set_visible(encrypted && keyring);
        self.reveal_row
            .set_visible(protection == Protection::Generated);
        let own = protection == Protection::Own;
        self.first.set_visible(own);
        self.second.set_visible(own);
        if !own {
            self.strength.set_visible(false);
        }
        self.first.set_title(&if kept {
            gettext("Another Passphrase (the one you typed is kept)")
        } else {
            gettext("Passphrase")
        });
        if protection != Protection::Generated {
            self.hide();
        }
        rows::say(&self.meaning, &self.meaning_text(protection), false);
    }

    /// What becomes of the passphrase, in plain words.
    fn meaning_text(&self, protection: Protection) -> String {
        match (&self.keyring, protection) {
            (_, Protection::None) => {
                gettext("Anyone with access to the disk’s file can read everything on it.")
            }
            (Ok(()), _) => gettext(
                "The passphrase is kept in your keyring and given to libvirt only for a start; \
                 Oriel never writes it to a disk in the clear. If the keyring is lost and nobody \
                 else has the passphrase, so is what is on the disk.",
            ),
            (Err(_), _) => gettext(
                "There is no keyring in this session, so nobody keeps the passphrase: you are \
                 asked for it at each start. If you forget it, what is on the disk is lost.",
            ),
        }
    }

    /// The size in bytes, and the pool if it is not the usual one that is made along; `None` for
    /// no disk.
    pub fn disk(&self) -> Option<(u64, Option<String>)> {
        if !self.with_disk.1.is_active() {
            return None;
        }
        let pool = self.chosen_pool()?;
        let name = (!pool.new).then(|| pool.name.clone());
        Some((self.size_gib() << 30, name))
    }

    /// How it is encrypted.
    pub fn protection(&self) -> Protection {
        if !self.with_disk.1.is_active() || !self.encrypt.1.is_active() {
            Protection::None
        } else if self.own.1.is_active() {
            Protection::Own
        } else {
            Protection::Generated
        }
    }

    /// What was typed, as far as it can be used.
    pub fn typed(&self) -> Typed {
        if !typed::has_text(&self.first) && !typed::has_text(&self.second) {
            return Typed::Nothing;
        }
        match (typed::peek(&self.first), typed::peek(&self.second)) {
            (Ok(first), Ok(second)) if first == second => Typed::Same,
            _ => Typed::Differing,
        }
    }

    /// The first of the two, for its strength.
    pub fn candidate(&self) -> Option<Passphrase> {
        typed::peek(&self.first).ok()
    }

    /// Takes what was typed; both rows are empty then.
    ///
    /// # Errors
    /// [`oriel::Error::Invalid`] for what is no passphrase.
    pub fn take(&self) -> oriel::Result<Passphrase> {
        let passphrase = typed::take(&self.first);
        drop(typed::take(&self.second));
        self.strength.set_visible(false);
        passphrase
    }

    /// Empties both rows, and hides what was generated.
    pub fn forget(&self) {
        // Also those that are empty: GTK's buffer keeps what was deleted in it.
        for row in [&self.first, &self.second] {
            drop(typed::take(row));
        }
        self.hide();
    }

    /// Whether a keyring answers.
    pub fn has_keyring(&self) -> bool {
        self.keyring.is_ok()
    }

    /// Says how strong what was typed is.
    pub fn show_strength(&self, strength: Option<Strength>) {
        self.strength
            .set_visible(strength.is_some() && self.protection() == Protection::Own);
        let Some(strength) = strength else { return };
        self.level.set_value(f64::from(strength.level.max(1)));
        for class in ["weak", "fair", "good"] {
            self.level.remove_css_class(class);
        }
        self.level.add_css_class(match strength.level {
            0 | 1 => "weak",
            2 => "fair",
            _ => "good",
        });
        let word = strength.word();
        let text = match strength.hint() {
            hint if hint.is_empty() => word,
            hint => format!("{word}. {hint}"),
        };
        self.hint.set_label(&text);
    }

    /// Says that the second differs from the first.
    pub fn show_difference(&self, typed: Typed) {
        let both = typed::has_text(&self.second);
        if typed == Typed::Differing && both {
            self.second.add_css_class("error");
            self.second
                .set_title(&gettext("Confirm Passphrase (does not match)"));
        } else {
            self.second.remove_css_class("error");
            self.second.set_title(&gettext("Confirm Passphrase"));
        }
    }

    /// Shows the generated passphrase.
    pub fn show(&self, passphrase: &Passphrase) {
        let _scrub = ScrubFreed::new();
        passphrase.expose(|text| self.words.set_text(text));
        self.revealed.set_visible(true);
        self.reveal.set_label(&gettext("_Hide"));
    }

    /// Hides it.
    pub fn hide(&self) {
        if self.is_shown() {
            let _scrub = ScrubFreed::new();
            self.words.set_text("");
        }
        self.revealed.set_visible(false);
        self.reveal.set_label(&gettext("_Show"));
    }

    /// Whether it is on the screen.
    pub fn is_shown(&self) -> bool {
        self.revealed.is_visible()
    }

    /// Goes to the size.
    pub fn focus(&self) {
        self.size.scale.grab_focus();
    }

    /// Goes to where the passphrase is typed.
    pub fn focus_passphrase(&self) {
        self.first.grab_focus();
    }

    fn chosen_pool(&self) -> Option<&PoolOffer> {
        let at = usize::try_from(self.pool.selected()).ok()?;
        self.pools.get(at).or(self.pools.first())
    }

    fn fit(&self, pool: &PoolOffer) {
        let (_, most) = proposals::disk_range(pool);
        let adjustment = &self.size.adjustment;
        if adjustment.upper().total_cmp(&whole(most)).is_ne() {
            adjustment.set_upper(whole(most));
            adjustment.set_value(adjustment.value().min(whole(most)));
            self.size.row.set_sensitive(most > 1);
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is 1 to some thousands"
    )]
    fn size_gib(&self) -> u64 {
        self.size.adjustment.value().round() as u64
    }
}

#[allow(clippy::cast_precision_loss, reason = "some thousands at most")]
fn whole(value: u64) -> f64 {
    value as f64
}

fn secret(title: &str, out: &Sender<AssistantMsg>) -> adw::EntryRow {
    let row = typed::secret_row(title);
    let out = out.clone();
    row.connect_changed(move |_| out.emit(AssistantMsg::PassphraseEdited));
    row
}

fn reveal_row(out: &Sender<AssistantMsg>) -> (adw::ActionRow, gtk::Button) {
    let row = rows::action(
        &gettext("Backup Copy"),
        &gettext("The passphrase is only in your keyring unless you write it down"),
    );
    let button = gtk::Button::with_mnemonic(&gettext("_Show"));
    button.set_valign(gtk::Align::Center);
    let out = out.clone();
    button.connect_clicked(move |_| out.emit(AssistantMsg::Reveal));
    row.add_suffix(&button);
    (row, button)
}

fn revealed_row(out: &Sender<AssistantMsg>) -> (adw::PreferencesRow, gtk::Label) {
    let words = gtk::Label::builder()
        .xalign(0.0)
        .hexpand(true)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build();
    words.add_css_class("monospace");
    let copy = a11y::icon_button("edit-copy-symbolic", &gettext("Copy the passphrase"));
    copy.set_valign(gtk::Align::Center);
    copy.add_css_class("flat");
    let out = out.clone();
    copy.connect_clicked(move |_| out.emit(AssistantMsg::Copy));
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    line.add_css_class("slider-row");
    line.append(&words);
    line.append(&copy);
    (plain_row(&line), words)
}

fn strength_row() -> (adw::PreferencesRow, gtk::LevelBar, gtk::Label) {
    let level: gtk::LevelBar = a11y::named("GtkLevelBar", &gettext("Strength"));
    level.set_min_value(0.0);
    level.set_max_value(4.0);
    level.set_mode(gtk::LevelBarMode::Discrete);
    // Its own colours are for a number that runs out, such as a battery's.
    for name in ["low", "high", "full"] {
        level.remove_offset_value(Some(name));
    }
    let hint = gtk::Label::builder().xalign(0.0).wrap(true).build();
    hint.add_css_class("caption");
    let lines = gtk::Box::new(gtk::Orientation::Vertical, 6);
    lines.add_css_class("slider-row");
    lines.append(&level);
    lines.append(&hint);
    (plain_row(&lines), level, hint)
}

fn plain_row(child: &gtk::Box) -> adw::PreferencesRow {
    adw::PreferencesRow::builder()
        .activatable(false)
        .focusable(false)
        .visible(false)
        .child(child)
        .build()
}

/// The words for what was put into the clipboard.
pub fn copied_text(seconds: u64) -> String {
    gettext_f(
        "Copied. The clipboard is cleared in {seconds} seconds.",
        &[("seconds", &seconds.to_string())],
    )
}
