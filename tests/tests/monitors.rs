// SPDX-License-Identifier: GPL-3.0-or-later
//! Monitors and their profiles on a real X server with two monitors: found for the right one,
//! told as they change, refused with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use oriel_colour::monitor::{
    Area, Colord as State, Display, Monitor, Monitors, Options, Overrides, Source, SourceRefusal,
    Target, Watcher, Why,
};
use oriel_colour::profile::{MAX_SIZE, Profile, Refusal};
use oriel_colour::standard;
use oriel_sandbox::{Colord, MonitorSize, Session, SessionOptions, is_root, process};
use oriel_tests::run::Running;
use oriel_tests::setter::{Content, Setter};
use oriel_tests::{orielctl, skip};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::zvariant::OwnedObjectPath;

/// The left monitor, which is the primary one at first.
const LEFT: &str = "DUMMY0";
/// The right one.
const RIGHT: &str = "DUMMY1";

/// How soon a change has to be told.
const SOON: Duration = Duration::from_millis(100);

/// How long a test waits for what does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A session with two monitors, and who watches them.
struct Desk {
    session: Session,
    hands: Setter,
    watcher: Watcher,
    watch: watch::Receiver<Arc<Monitors>>,
    runtime: Runtime,
}

impl Desk {
    fn new() -> Self {
        let size = |width, height| MonitorSize { width, height };
        let session = Session::start(&SessionOptions {
            display: true,
            monitors: vec![size(1280, 800), size(1024, 768)],
            ..SessionOptions::default()
        })
        .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let display = session.display().unwrap().name().to_owned();
        let watcher = Watcher::start(Options {
            session: Some(oriel_colour::monitor::Session::X11),
            display: Some(display.clone()),
            bus: Some(Colord::bus(&session)),
            ..Options::default()
        })
        .unwrap();
        let watch = watcher.subscribe();
        let desk = Self {
            hands: Setter::new(&display),
            session,
            watcher,
            watch,
            runtime,
        };
        let first = desk.runtime.block_on(desk.watcher.settled());
        assert_eq!(first.display, Display::Open);
        assert_eq!(first.monitors.len(), 2, "{first:#?}");
        desk
    }

    /// Does something, and awaits what it leads to; tells how long after its return that was
    /// told.
    #[track_caller]
    fn told(
        &mut self,
        what: &str,
        act: impl FnOnce(&Self),
        until: impl Fn(&Monitors) -> bool,
    ) -> Duration {
        self.watch.mark_unchanged();
        assert!(
            !until(&self.watch.borrow()),
            "{what}: so before it was done"
        );
        act(self);
        let since = Instant::now();
        let wait = self.watch.wait_for(|monitors| until(monitors));
        let told = self
            .runtime
            .block_on(async { timeout(PATIENCE, wait).await.is_ok() });
        let took = since.elapsed();
        assert!(told, "{what}: {:#?}", self.watcher.monitors());
        println!("{what}: told {:.1} ms after", took.as_secs_f64() * 1e3);
        took
    }

    /// As [`Self::told`], and soon.
    #[track_caller]
    fn soon(&mut self, what: &str, act: impl FnOnce(&Self), until: impl Fn(&Monitors) -> bool) {
        let took = self.told(what, act, until);
        assert!(took < SOON, "{what}: told {took:?} after");
    }

    /// The monitor of a connector.
    #[track_caller]
    fn monitor(&self, name: &str) -> Monitor {
        let monitors = self.watcher.monitors();
        monitors.named(name).expect(name).clone()
    }

    /// Installs a profile by ArgyllCMS for a monitor of its own count, from 1.
    #[track_caller]
    fn dispwin(&self, number: &str, words: &[&str]) {
        let mut command = self.session.command("dispwin");
        command.args(["-d", number]).args(words);
        Running::start(&mut command, None).end().expect(0);
    }

    #[track_caller]
    fn xrandr(&self, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        self.session.display().unwrap().xrandr(&words).unwrap();
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.session.dir().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn adobe() -> Profile {
    standard::ADOBE_RGB.profile().unwrap()
}

fn p3() -> Profile {
    standard::DISPLAY_P3.profile().unwrap()
}

/// Whether a monitor has this profile from this place.
fn has(monitors: &Monitors, name: &str, source: Source, profile: &Profile) -> bool {
    let monitor = monitors.named(name);
    monitor.is_some_and(|it| it.source == source && it.profile == *profile)
}

/// The sources that disagree about a monitor.
fn disputes(monitor: &Monitor) -> Vec<(Source, Source)> {
    let source = |index: usize| monitor.candidates[index].source;
    let pairs = monitor.disagreements.iter();
    pairs.map(|it| (source(it.one), source(it.other))).collect()
}

#[test]
fn each_monitor_has_its_own_profile_and_every_change_is_told() {
    let mut desk = Desk::new();
    let (left, right) = (desk.monitor(LEFT), desk.monitor(RIGHT));
    assert_eq!((left.index, left.primary), (0, true));
    assert_eq!((right.index, right.primary), (1, false));
    let area = |x, width, height| Area {
        x,
        y: 0,
        width,
        height,
    };
    assert_eq!(left.area, area(0, 1280, 800));
    assert_eq!(right.area, area(1280, 1024, 768));
    assert_eq!((left.source, right.source), (Source::Srgb, Source::Srgb));
    assert_eq!(left.in_force.why, Why::X11);

    by_dispwin(&mut desk);
    by_hand(&mut desk);
    other_monitors(&mut desk);
    the_rest(&mut desk);
}

/// ArgyllCMS sets the output's property and the root window's.
fn by_dispwin(desk: &mut Desk) {
    let adobe_file = desk.file("adobe.icc", adobe().bytes());
    let p3_file = desk.file("p3.icc", p3().bytes());
    let install = |number, path: PathBuf| {
        move |desk: &Desk| desk.dispwin(number, &["-I", path.to_str().unwrap()])
    };
    let right = install("2", p3_file);
    desk.soon("dispwin installs for the right one", right, |all| {
        has(all, RIGHT, Source::Output, &p3())
            && all.named(RIGHT).is_some_and(|it| it.candidates.len() == 2)
    });
    assert_eq!(desk.monitor(LEFT).source, Source::Srgb);
    let left = install("1", adobe_file);
    desk.soon("dispwin installs for the left one", left, |all| {
        has(all, LEFT, Source::Output, &adobe())
            && all.named(LEFT).is_some_and(|it| it.candidates.len() == 2)
    });
    for (name, atom) in [(LEFT, "_ICC_PROFILE"), (RIGHT, "_ICC_PROFILE_1")] {
        let monitor = desk.monitor(name);
        let places: Vec<_> = monitor.candidates.iter().map(|it| &*it.place).collect();
        assert_eq!(places, [&*format!("{name}/_ICC_PROFILE"), atom]);
        assert_eq!(disputes(&monitor), []);
    }
}

/// The primary monitor is the first one, so that the root window's properties change sides.
fn other_monitors(desk: &mut Desk) {
    let swap = |desk: &Desk| desk.hands.set_primary(RIGHT);
    desk.soon("the right one becomes primary", swap, |all| {
        all.named(RIGHT)
            .is_some_and(|it| it.index == 0 && it.primary)
            && has(all, RIGHT, Source::RootAtom, &adobe())
            && has(all, LEFT, Source::Output, &adobe())
    });
    let off = |desk: &Desk| desk.xrandr(&format!("--output {RIGHT} --off"));
    desk.soon("the right one is unplugged", off, |all| {
        all.monitors.len() == 1 && all.named(LEFT).is_some_and(|it| it.index == 0)
    });
    // Nothing of what it had is forgotten by the server.
    let on = |desk: &Desk| {
        desk.xrandr(&format!("--output {RIGHT} --mode 1024x768 --pos 1280x0"));
    };
    desk.soon("the right one is plugged in", on, |all| {
        all.monitors.len() == 2 && has(all, RIGHT, Source::RootAtom, &adobe())
    });
    let moved = |desk: &Desk| {
        desk.xrandr(&format!(
            "--output {RIGHT} --pos 0x0 --output {LEFT} --pos 1024x0"
        ));
    };
    desk.soon("they change places", moved, |all| {
        let at = |x| Area {
            x,
            y: 10,
            width: 500,
            height: 500,
        };
        let name = |area| all.at(area).map(|it| it.name.clone());
        name(at(100)).as_deref() == Some(RIGHT) && name(at(900)).as_deref() == Some(LEFT)
    });
    let swap = |desk: &Desk| {
        desk.xrandr(&format!(
            "--output {LEFT} --primary --pos 0x0 --output {RIGHT} --pos 1280x0"
        ));
    };
    desk.soon("all as it was", swap, |all| {
        has(all, RIGHT, Source::RootAtom, &p3())
            && all
                .named(LEFT)
                .is_some_and(|it| it.index == 0 && it.area.x == 0)
    });
}

/// Properties that change, differ, go, and that are nothing new.
fn by_hand(desk: &mut Desk) {
    let srgb = Profile::srgb();
    let change = |desk: &Desk| {
        let content = srgb.bytes();
        desk.hands
            .set_root("_ICC_PROFILE_1", Content::profile(content));
    };
    desk.soon(
        "the atom becomes another one than the output's",
        change,
        |all| {
            all.named(RIGHT)
                .is_some_and(|it| !it.disagreements.is_empty())
        },
    );
    let right = desk.monitor(RIGHT);
    assert_eq!(disputes(&right), [(Source::Output, Source::RootAtom)]);
    assert_eq!((right.source, &right.profile), (Source::Output, &p3()));
    assert!(!right.disagreements[0].meant);

    // The same again is no change, and nor is what others write on the root window.
    desk.watch.mark_unchanged();
    change(desk);
    desk.hands
        .set_root("_NET_ACTIVE_WINDOW", Content::profile(b"1234"));
    let changed = desk
        .runtime
        .block_on(async { timeout(Duration::from_millis(300), desk.watch.changed()).await });
    assert!(changed.is_err(), "{:#?}", desk.watcher.monitors());

    let delete = |desk: &Desk| desk.hands.delete_output(RIGHT, "_ICC_PROFILE");
    desk.soon("the output's is deleted", delete, |all| {
        has(all, RIGHT, Source::RootAtom, &Profile::srgb())
    });
    let xprop = |desk: &Desk| {
        let mut command = desk.session.command("xprop");
        command.args(["-root", "-remove", "_ICC_PROFILE_1"]);
        process::run(&mut command).unwrap();
    };
    desk.soon("the atom is deleted by xprop", xprop, |all| {
        has(all, RIGHT, Source::Srgb, &Profile::srgb())
    });
    let set = |desk: &Desk| {
        desk.hands
            .set_root("_ICC_PROFILE_1", Content::profile(p3().bytes()));
    };
    desk.soon("an atom that was not there is set", set, |all| {
        has(all, RIGHT, Source::RootAtom, &p3())
    });
}

/// Versions, calibrations, EDID, and the person's own choice.
fn the_rest(desk: &mut Desk) {
    let version = |desk: &Desk| {
        desk.hands
            .set_root("_ICC_PROFILE_IN_X_VERSION", Content::profile(&[3]));
    };
    desk.soon("the specification's version is set", version, |all| {
        all.specification.as_deref() == Some("0.3")
    });
    let late = |desk: &Desk| {
        desk.hands
            .set_root("_ICC_DEVICE_PROFILE_1", Content::profile(adobe().bytes()));
    };
    desk.soon("a colour server moves the profile", late, |all| {
        has(all, RIGHT, Source::DeviceAtom, &adobe())
    });
    assert!(desk.monitor(RIGHT).disagreements[0].meant);

    assert!(desk.monitor(LEFT).gamma().unwrap().is_straight());
    let curve = |desk: &Desk| {
        desk.hands.set_gamma(LEFT, |value| value.powf(1.2));
        // No server tells of it.
        desk.watcher.refresh();
    };
    desk.soon("a calibration is loaded", curve, |all| {
        all.named(LEFT)
            .and_then(Monitor::gamma)
            .is_some_and(|gamma| !gamma.is_straight())
    });

    let mut edid = vec![0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x10, 0xac];
    edid.resize(128, 0);
    let plug = |desk: &Desk| {
        let content = Content {
            kind: "INTEGER",
            format: 8,
            bytes: &edid,
        };
        desk.hands.set_output(LEFT, "EDID", content);
    };
    desk.soon("a monitor tells who it is", plug, |all| {
        let edid = all.named(LEFT).and_then(Monitor::edid);
        edid.is_some_and(|edid| edid.vendor == "DEL")
    });
    let key = desk.monitor(LEFT).key();
    assert_eq!(key, desk.monitor(LEFT).edid().unwrap().md5.to_string());
    let mut overrides = Overrides::default();
    overrides.set(key, desk.file("own.icc", p3().bytes()));
    let choose = |desk: &Desk| desk.watcher.set_overrides(overrides);
    desk.soon("a file is chosen", choose, |all| {
        has(all, LEFT, Source::Override, &p3())
    });
    let never = |desk: &Desk| desk.watcher.set_mode(oriel_colour::monitor::Mode::Never);
    desk.soon("the person wants no conversion", never, |all| {
        all.monitors
            .iter()
            .all(|it| it.target() == Some(Profile::srgb()))
    });
    listed(desk);
}

/// `orielctl monitor list` sees the same from outside.
fn listed(desk: &Desk) {
    let run = |words: &[&str]| {
        let mut command = desk.session.command(orielctl());
        command
            .args(words)
            .env("DBUS_SYSTEM_BUS_ADDRESS", Colord::bus(&desk.session));
        Running::start(&mut command, None).end()
    };
    let outcome = run(&["monitor", "list", "--json"]);
    let json = outcome.expect(0).json();
    assert_eq!(json["session"], "x11");
    assert_eq!(json["specification"], "0.3");
    assert_eq!(json["colord"]["state"], "absent");
    let left = &json["monitors"][0];
    assert_eq!(left["name"], LEFT);
    assert_eq!(left["primary"], true);
    assert_eq!(left["source"], "output-property");
    assert_eq!(left["profile"]["sha256"], adobe().id().to_string());
    assert_eq!(left["profile"]["description"], "Adobe RGB");
    assert_eq!(left["edid"]["vendor"], "DEL");
    assert_eq!(left["gamma_straight"], false);
    let right = &json["monitors"][1];
    assert_eq!(right["source"], "device-atom");
    assert_eq!(right["area"]["x"], 1280);
    assert_eq!(right["disagreements"][0]["meant"], true);
    assert_eq!(right["target"], "monitor");
    let text = run(&["monitor", "list"]);
    let lines: Vec<&str> = text.expect(0).out.lines().collect();
    assert!(lines[0].starts_with("NAME"), "{text:#?}");
    assert!(
        lines[1].starts_with(LEFT) && lines[2].starts_with(RIGHT),
        "{text:#?}"
    );
    assert!(text.err.contains("_ICC_DEVICE_PROFILE_1"), "{text:#?}");
}

#[test]
fn what_is_no_profile_is_refused_with_its_reason_and_the_next_place_counts() {
    let mut desk = Desk::new();
    let content = p3();
    desk.soon(
        "the atom is set",
        |desk| {
            let content = Content::profile(content.bytes());
            desk.hands.set_root("_ICC_PROFILE", content);
        },
        |all| has(all, LEFT, Source::RootAtom, &p3()),
    );
    let mut printer = content.bytes().to_vec();
    printer[12..16].copy_from_slice(b"prtr");
    let wide: Vec<u8> = content
        .bytes()
        .iter()
        .flat_map(|byte| [*byte, 0, 0, 0])
        .collect();
    let large = vec![0; MAX_SIZE + 1];
    let profile = Content::profile;
    let typed = |kind| Content {
        kind,
        ..profile(content.bytes())
    };
    let unfit = Refusal::Unfit {
        what: "device class",
        found: "prtr".to_owned(),
    };
    let cases: [(&str, Content<'_>, SourceRefusal); 8] = [
        (
            "another type",
            typed("STRING"),
            SourceRefusal::Type {
                found: "STRING".to_owned(),
            },
        ),
        (
            "an unheard-of type",
            typed("ORIEL_TEST"),
            SourceRefusal::Type {
                found: "ORIEL_TEST".to_owned(),
            },
        ),
        (
            "items of 32 bits",
            Content {
                format: 32,
                ..profile(&wide)
            },
            SourceRefusal::Format { bits: 32 },
        ),
        ("nothing", profile(b""), SourceRefusal::Empty),
        (
            "too much",
            profile(&large),
            SourceRefusal::TooLarge {
                size: u64::try_from(MAX_SIZE + 1).unwrap(),
            },
        ),
        (
            "junk",
            profile(&[7; 5000]),
            SourceRefusal::Profile(Refusal::NotAProfile),
        ),
        (
            "a piece",
            profile(&content.bytes()[..100]),
            SourceRefusal::Profile(Refusal::Truncated),
        ),
        (
            "a printer's",
            profile(&printer),
            SourceRefusal::Profile(unfit),
        ),
    ];
    for (what, content, refusal) in cases {
        refused(&mut desk, what, content, &refusal);
    }
    at_most(&mut desk);
}

/// Sets the same at both kinds of place; the left monitor has another one, the right one none.
fn refused(desk: &mut Desk, what: &str, content: Content<'_>, refusal: &SourceRefusal) {
    desk.soon(
        what,
        |desk| desk.hands.set_output(LEFT, "_ICC_PROFILE", content),
        |all| {
            let first = all.named(LEFT).and_then(|it| it.candidates.first());
            first.is_some_and(|it| it.found.as_ref() == Err(refusal))
        },
    );
    let left = desk.monitor(LEFT);
    assert_eq!(left.candidates[0].source, Source::Output);
    assert_eq!((left.source, &left.profile), (Source::RootAtom, &p3()));
    // The same at the other kind of place.
    desk.soon(
        what,
        |desk| desk.hands.set_root("_ICC_PROFILE_1", content),
        |all| {
            let only = all.named(RIGHT).and_then(|it| it.candidates.first());
            only.is_some_and(|it| it.found.as_ref() == Err(refusal))
        },
    );
    let right = desk.monitor(RIGHT);
    assert_eq!(
        (right.source, &right.profile),
        (Source::Srgb, &Profile::srgb())
    );
}

/// As large as is read at all: the content is asked for, and refused by what it is.
fn at_most(desk: &mut Desk) {
    let most = vec![0; MAX_SIZE];
    desk.told(
        "as much as is read",
        |desk| {
            let content = Content::profile(&most);
            desk.hands.set_root("_ICC_PROFILE_1", content);
        },
        |all| {
            let only = all.named(RIGHT).and_then(|it| it.candidates.first());
            only.is_some_and(|it| it.found == Err(SourceRefusal::Profile(Refusal::NotAProfile)))
        },
    );
}

/// A hand at colord: what a desktop's session does.
struct Registrar<'a> {
    desk: &'a Runtime,
    bus: zbus::Connection,
}

const COLORD: &str = "org.freedesktop.ColorManager";

impl Registrar<'_> {
    #[track_caller]
    fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let call = self
            .bus
            .call_method(Some(COLORD), path, Some(interface), method, body);
        self.desk.block_on(call).unwrap()
    }

    fn create(&self, method: &str, id: &str, key: &str, value: &str) -> OwnedObjectPath {
        let mut properties = std::collections::HashMap::from([(key, value)]);
        if method == "CreateDevice" {
            properties.insert("Kind", "display");
        }
        let body = (id, "temp", properties);
        let reply = self.call("/org/freedesktop/ColorManager", COLORD, method, &body);
        reply.body().deserialize().unwrap()
    }

    fn device(&self, path: &OwnedObjectPath, method: &str) {
        self.call(path, &format!("{COLORD}.Device"), method, &());
    }
}

#[test]
fn colord_is_asked_listened_to_and_not_waited_for() {
    if !is_root() {
        skip!("a private colord takes root");
    }
    let mut desk = Desk::new();
    assert!(matches!(
        desk.watcher.monitors().colord,
        State::Absent { .. }
    ));
    let mut colord = None;
    let took = desk.told(
        "colord starts",
        |desk| colord = Some(Colord::start(&desk.session).unwrap()),
        |all| all.colord == State::Present,
    );
    assert!(took < Duration::from_secs(1));
    let colord = colord.unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let address = Colord::bus(&desk.session);
    let bus = runtime
        .block_on(async { zbus::connection::Builder::address(&*address)?.build().await })
        .unwrap();
    let hands = Registrar {
        desk: &runtime,
        bus,
    };
    let p3_file = desk.file("p3.icc", p3().bytes());
    let profile = hands.create("CreateProfile", "p3", "Filename", p3_file.to_str().unwrap());
    let device = hands.create("CreateDevice", "xrandr-dummy", "XRANDR_name", LEFT);
    desk.soon(
        "colord has a profile",
        |_| {
            let body = ("hard", &profile);
            hands.call(&device, &format!("{COLORD}.Device"), "AddProfile", &body);
        },
        |all| has(all, LEFT, Source::Colord, &p3()),
    );
    assert_eq!(desk.monitor(RIGHT).source, Source::Srgb);
    let place = desk.monitor(LEFT).candidates[0].place.clone();
    assert!(
        place.contains("xrandr-dummy") && place.contains("p3.icc"),
        "{place}"
    );

    desk.soon(
        "a calibration begins",
        |_| hands.device(&device, "ProfilingInhibit"),
        |all| {
            all.named(LEFT)
                .is_some_and(|it| it.in_force.target == Target::Raw)
        },
    );
    assert_eq!(desk.monitor(LEFT).target(), None);
    assert_eq!(desk.monitor(RIGHT).in_force.why, Why::X11);
    desk.soon(
        "a calibration ends",
        |_| hands.device(&device, "ProfilingUninhibit"),
        |all| all.named(LEFT).is_some_and(|it| it.target() == Some(p3())),
    );
    desk.soon(
        "color management is switched off",
        |_| {
            hands.call(&device, &format!("{COLORD}.Device"), "SetEnabled", &false);
        },
        |all| {
            let first = all.named(LEFT).and_then(|it| it.candidates.first());
            first.is_some_and(|it| it.found == Err(SourceRefusal::Disabled))
        },
    );
    hands.call(&device, &format!("{COLORD}.Device"), "SetEnabled", &true);
    desk.told(
        "on again",
        |_| {},
        |all| has(all, LEFT, Source::Colord, &p3()),
    );

    hanging(&mut desk, colord);
}

/// One that hangs holds up nothing else, and is heard again when it goes on.
fn hanging(desk: &mut Desk, colord: Colord) {
    colord.signal("STOP").unwrap();
    desk.told(
        "colord hangs",
        |desk| {
            desk.xrandr(&format!("--output {RIGHT} --off"));
        },
        |all| all.colord == State::Silent,
    );
    desk.soon(
        "the atom changes meanwhile",
        |desk| {
            let content = adobe();
            desk.hands
                .set_root("_ICC_PROFILE", Content::profile(content.bytes()));
        },
        |all| has(all, LEFT, Source::RootAtom, &adobe()),
    );
    assert_eq!(
        disputes(&desk.monitor(LEFT)),
        [(Source::RootAtom, Source::Colord)]
    );
    desk.told(
        "colord goes on",
        |desk| {
            colord.signal("CONT").unwrap();
            desk.xrandr(&format!("--output {RIGHT} --mode 1024x768 --pos 1280x0"));
        },
        |all| all.colord == State::Present && all.monitors.len() == 2,
    );
    // One that is gone has said what it said.
    drop(colord);
    desk.soon(
        "the atom is deleted after colord's end",
        |desk| desk.hands.delete_root("_ICC_PROFILE"),
        |all| has(all, LEFT, Source::Colord, &p3()),
    );
}

#[test]
fn without_a_server_it_is_said() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let watcher = Watcher::start(Options {
        session: Some(oriel_colour::monitor::Session::X11),
        display: Some(":4711".to_owned()),
        bus: Some("unix:path=/nowhere".to_owned()),
        ..Options::default()
    })
    .unwrap();
    let wait = async { timeout(PATIENCE, watcher.settled()).await };
    let state = runtime.block_on(wait).unwrap();
    assert!(matches!(state.display, Display::Gone { .. }), "{state:#?}");
    assert!(matches!(state.colord, State::Absent { .. }), "{state:#?}");
    let mut command = std::process::Command::new(orielctl());
    command
        .args(["monitor", "list"])
        .env("DISPLAY", ":4711")
        .env_remove("WAYLAND_DISPLAY")
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere");
    let outcome = Running::start(&mut command, None).end();
    outcome.expect(5).says("no X server");
}
