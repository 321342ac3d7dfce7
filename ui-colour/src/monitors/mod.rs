// SPDX-License-Identifier: GPL-3.0-or-later
//! The colour page: each monitor with its profile, where that is from, what is wrong with it, and
//! what becomes of colours on it.
//!
//! Owns a window of its own. What it shows follows the display server, colord and the person's
//! settings by itself; profiles are looked at and pictures converted on other threads, and
//! reports are kept for as long as the window is open.

mod checks_page;
mod choices;
mod compare_page;
mod curves;
mod diagram;
mod drawing;
mod files;
mod gamut_page;
mod messages;
mod picker;
mod pictures;
mod profile_page;
mod reports;
mod rgb;
mod rows;
mod showing;
mod watchers;
mod words;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use oriel_colour::monitor::Monitors;
use oriel_colour::profile::ProfileId;
use oriel_colour::report::{Comparison, MonitorFacts, Report};
use oriel_ui_kit::i18n::gettext;
use oriel_ui_kit::tasks::Tasks;
use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{
    Component, ComponentController, ComponentParts, ComponentSender, Controller, adw, gtk,
};

use self::checks_page::ChecksPage;
use self::compare_page::{ComparePage, Other};
use self::diagram::Chart;
use self::gamut_page::GamutPage;
use self::messages::FileFor;
use self::picker::Picker;
use self::pictures::{Card, Rgb, Test};
use self::profile_page::ProfilePage;
use self::rows::ChoiceRow;
use crate::{Aim, ColourSettings, Colours};

pub use self::messages::{MonitorsCmd, MonitorsMsg};

/// The name of the window among those of the program.
const NAME: &str = "monitors";

thread_local! {
    /// The page while it is open: it lives as long as its window.
    static OPEN: RefCell<Option<Controller<MonitorsPage>>> = const { RefCell::new(None) };
}

/// How the colour page is opened.
#[derive(Debug, Default)]
pub struct Opening {
    /// The window that it belongs to.
    pub parent: Option<gtk::Window>,
    /// The program's main menu, where this is its main window.
    pub menu: Option<gio::MenuModel>,
    /// A profile's file to compare the monitor's with.
    pub compare: Option<PathBuf>,
}

/// Shows the colour page in a window of its own, or brings it to the front.
pub fn open(opening: Opening, colours: &Colours) -> gtk::Window {
    let Opening {
        parent,
        menu,
        compare,
    } = opening;
    let page = OPEN.take().unwrap_or_else(|| {
        let page = MonitorsPage::builder()
            .launch((colours.clone(), menu))
            .detach();
        let window = page.widget();
        window.set_transient_for(parent.as_ref());
        window.connect_close_request(|_| {
            // Whoever opens the page from now on gets another one. This one goes later: not while
            // its window is still telling that it is to be closed.
            let closed = OPEN.take();
            glib::idle_add_local_once(move || drop(closed));
            glib::Propagation::Proceed
        });
        page
    });
    let window = page.widget().clone();
    if let Some(file) = compare {
        let wanted = MonitorsMsg::Chosen(FileFor::Comparison, file);
        page.sender().emit(wanted);
    }
    OPEN.set(Some(page));
    window.present();
    window.upcast()
}

/// The colour page.
#[derive(Debug)]
pub struct MonitorsPage {
    colours: Colours,
    /// All monitors as they were told last.
    monitors: Arc<Monitors>,
    /// The name of the monitor on show.
    chosen: Option<String>,
    settings: ColourSettings,
    aim: Arc<Aim>,
    /// Reports that were made, the newest last.
    reports: Vec<Kept>,
    chart: Chart,
    /// What the picker reads.
    picked: Rgb,
    /// The file that was chosen to be compared with.
    file: Option<Other>,
    /// The number of what it is compared with.
    with: usize,
    /// What came of it, and for which two profiles.
    comparison: Option<(Pair, Option<Box<Comparison>>)>,
    choice: ChoiceRow,
    profile: ProfilePage,
    gamut: GamutPage,
    checks: ChecksPage,
    cards: Vec<Card>,
    /// Why the test pictures are not converted, if so.
    reason: gtk::Label,
    picker: Picker,
    compare: ComparePage,
    checks_tab: adw::ViewStackPage,
    stack: adw::ViewStack,
    file_chooser: Option<gtk::FileChooserNative>,
    tasks: Tasks,
}

/// The two profiles that are compared.
type Pair = (ProfileId, ProfileId);

/// A report with what it was made for.
#[derive(Debug)]
struct Kept {
    profile: ProfileId,
    facts: Box<MonitorFacts>,
    /// `None` while it is being made.
    report: Option<Arc<Report>>,
}

#[allow(missing_docs, reason = "the macro makes a public type of widgets")]
#[relm4::component(pub)]
impl Component for MonitorsPage {
    type Init = (Colours, Option<gio::MenuModel>);
    type Input = MonitorsMsg;
    type Output = ();
    type CommandOutput = MonitorsCmd;

    view! {
        adw::Window {
            set_widget_name: NAME,
            set_title: Some(&gettext("Monitors and Color")),
            set_default_size: (980, 760),
            set_destroy_with_parent: true,

            #[wrap(Some)]
            set_content = &gtk::Box {
                set_orientation: gtk::Orientation::Vertical,

                adw::HeaderBar {
                    set_centering_policy: adw::CenteringPolicy::Strict,

                    #[wrap(Some)]
                    #[name = "switcher"]
                    set_title_widget = &adw::ViewSwitcherTitle {
                        set_title: &gettext("Monitors and Color"),
                        set_stack: Some(&model.stack),
                    },

                    #[local_ref]
                    pack_end = menu_button -> gtk::MenuButton {},

                    pack_end = &oriel_ui_kit::a11y::icon_button(
                        "view-refresh-symbolic",
                        &gettext("Refresh"),
                    ) -> gtk::Button {
                        connect_clicked[sender] => move |_| {
                            sender.input_sender().emit(MonitorsMsg::Refresh);
                        },
                    },
                },

                adw::StatusPage {
                    set_icon_name: Some("video-display-symbolic"),
                    set_title: &gettext("No Monitors Known"),
                    set_vexpand: true,
                    #[watch]
                    set_visible: model.monitor().is_none(),
                    #[watch]
                    set_description: Some(&words::display_line(&model.monitors)),
                },

                #[name = "body"]
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    #[watch]
                    set_visible: model.monitor().is_some(),

                    adw::Clamp {
                        set_maximum_size: 760,
                        set_margin_top: 12,
                        set_margin_bottom: 12,
                        set_margin_start: 12,
                        set_margin_end: 12,

                        adw::PreferencesGroup {
                            add: &model.choice.row,
                        },
                    },

                    gtk::Separator {},

                    append: &model.stack,

                    #[name = "below"]
                    adw::ViewSwitcherBar {
                        set_reveal: true,
                        set_stack: Some(&model.stack),
                    },
                },
            },
        }
    }

    fn init(
        (colours, menu): Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let out = sender.input_sender();
        let profile = ProfilePage::new(out);
        let gamut = GamutPage::new(out);
        let checks = ChecksPage::new();
        let cards: Vec<Card> = Test::ALL.map(|test| Card::new(test, out)).into();
        let picker = Picker::new(out);
        let compare = ComparePage::new(out);
        let stack = adw::ViewStack::builder().vexpand(true).build();
        let add = |page: &gtk::ScrolledWindow, name: &str, title: &str, icon: &str| {
            let page = stack.add_titled(page, Some(name), title);
            page.set_icon_name(Some(icon));
            page
        };
        let reason = pictures::reason();
        let tests = pictures::page(&cards, picker.widget().upcast_ref(), &reason);
        add(
            profile.widget(),
            "profile",
            &gettext("Profile"),
            "preferences-color-symbolic",
        );
        add(
            gamut.widget(),
            "gamut",
            &gettext("Gamut"),
            "applications-graphics-symbolic",
        );
        let checks_tab = add(
            checks.widget(),
            "checks",
            &gettext("Checks"),
            "object-select-symbolic",
        );
        add(
            &tests,
            "pictures",
            &gettext("Pictures"),
            "image-x-generic-symbolic",
        );
        add(
            compare.widget(),
            "compare",
            &gettext("Compare"),
            "view-dual-symbolic",
        );
        let menu_button: &gtk::MenuButton =
            &oriel_ui_kit::a11y::named("GtkMenuButton", &gettext("Main Menu"));
        menu_button.set_icon_name("open-menu-symbolic");
        menu_button.set_primary(menu.is_some());
        menu_button.set_visible(menu.is_some());
        if let Some(menu) = &menu {
            oriel_ui_kit::a11y::set_menu(menu_button, menu);
        }
        let tasks = Tasks::new(colours.runtime());
        let settings = colours.settings().borrow().clone();
        watchers::follow(&colours, &root, &tasks, &sender);
        let mut model = Self {
            monitors: Arc::default(),
            chosen: None,
            settings,
            aim: Arc::default(),
            reports: Vec::new(),
            chart: Chart::default(),
            picked: [224, 60, 40],
            file: None,
            with: 0,
            comparison: None,
            choice: ChoiceRow::new(&gettext("Monitor"), &[], out, MonitorsMsg::Choose),
            profile,
            gamut,
            checks,
            cards,
            reason,
            picker,
            compare,
            checks_tab,
            stack,
            file_chooser: None,
            tasks,
            colours,
        };
        let widgets = view_output!();
        // Not its `reveal`: GTK 4.18 gives tabs that fold without animations less than no room.
        widgets
            .switcher
            .bind_property("title-visible", &widgets.below, "visible")
            .sync_create()
            .build();
        close_by_keys(&root);
        model.profile.show_settings(&model.settings);
        model.picker.write(model.picked);
        model.show(&sender);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, message: Self::Input, sender: ComponentSender<Self>, root: &Self::Root) {
        match message {
            MonitorsMsg::Choose(number) => self.choose(number, &sender),
            MonitorsMsg::Mode(number) => self.choose_mode(number),
            MonitorsMsg::Intent(number) => self.choose_intent(number),
            MonitorsMsg::BlackPoint(on) => self.set(|settings| settings.black_point = on),
            MonitorsMsg::Browse(file) => self.browse(file, root, &sender),
            MonitorsMsg::Chosen(file, path) => self.chosen(file, path, &sender),
            MonitorsMsg::SystemProfile => self.choose_file(None),
            MonitorsMsg::Refresh => self.colours.refresh(),
            MonitorsMsg::Chart(chart) => {
                self.chart = chart;
                self.show(&sender);
            }
            MonitorsMsg::Picked(test, colour) => self.pick(Some(test), colour, &sender),
            MonitorsMsg::Typed(colour) => self.pick(None, colour, &sender),
            MonitorsMsg::Compare(number) => {
                self.with = usize::try_from(number).unwrap_or(0);
                self.show(&sender);
            }
        }
    }

    fn update_cmd(
        &mut self,
        message: Self::CommandOutput,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match message {
            MonitorsCmd::Monitors(monitors) => {
                self.monitors = monitors;
                self.show(&sender);
            }
            MonitorsCmd::Settings(settings) => {
                self.profile.show_settings(&settings);
                self.settings = settings;
            }
            MonitorsCmd::Aim(aim) => self.aim_at(aim, &sender),
            MonitorsCmd::Report(profile, facts, report) => {
                self.keep(profile, &facts, report);
                self.show(&sender);
            }
            MonitorsCmd::Pictures(serial, made) => self.show_pictures(serial, made),
            MonitorsCmd::Reading(reading) if reading.rgb == self.picked => {
                self.picker.show(&reading);
                let line = picker::line(&reading);
                for card in &self.cards {
                    card.say(&line);
                }
            }
            MonitorsCmd::Reading(_) => {}
            MonitorsCmd::Opened(file, path, opened) => {
                self.opened(file, &path, opened, root, &sender);
            }
            MonitorsCmd::Compared(pair, comparison) => {
                if let Some((wanted, result)) = &mut self.comparison
                    && *wanted == pair
                {
                    *result = Some(comparison);
                }
                self.show(&sender);
            }
            MonitorsCmd::NotWritten(path, why) => files::complain(
                root,
                &gettext("The report could not be written"),
                &path,
                &why,
            ),
        }
    }
}

/// Escape and Ctrl+W close a window.
fn close_by_keys(window: &adw::Window) {
    let keys = gtk::ShortcutController::new();
    for key in ["Escape", "<Control>w"] {
        keys.add_shortcut(gtk::Shortcut::new(
            gtk::ShortcutTrigger::parse_string(key),
            Some(gtk::NamedAction::new("window.close")),
        ));
    }
    window.add_controller(keys);
}

/// A path in words.
fn shown(path: &std::path::Path) -> String {
    glib::filename_display_name(path).to_string()
}
