// SPDX-License-Identifier: GPL-3.0-or-later
//! Daemons that lie: nothing is lost but what they say.

use std::process::Command;

use oriel::error::ErrorKind;
use oriel::guest::DomainState;
use oriel::shown::is_unsafe;
use oriel::{Connection, control, preview};
use oriel_tests::played::{Played, Player, Rule, Scene, id};
use oriel_tests::run::{Outcome, Running};
use oriel_wire::procedure::{
    ConnectGetCapabilities, ConnectListAllDomains, DomainGetMemoryParameters,
    DomainGetSchedulerParametersFlags, DomainGetSchedulerType, DomainGetXmlDesc, DomainScreenshot,
    GetAllDomainStats, NodeGetInfo,
};
use oriel_wire::types::{TypedParam, TypedValue};

use super::{guest, open, soon, until};

fn one() -> Scene {
    Scene::of([Player::running("web", 1)])
}

/// Reads the controls of a guest of a daemon that goes by these rules.
async fn controls(rules: impl IntoIterator<Item = Rule>) -> oriel::Result<control::Tuning> {
    let played = Played::start(one());
    let connection = open(&played).await;
    let web = guest(&connection, "web").await;
    for rule in rules {
        played.rule(rule);
    }
    soon("the controls", control::read(&connection, &web)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_that_lie_take_no_memory() {
    for count in [i32::MAX, i32::MAX - 1, 65_536, -1, i32::MIN, 0] {
        let lie = Rule::on::<DomainGetSchedulerType>()
            .answers::<DomainGetSchedulerType>(&("posix".into(), count));
        // That it can't be read, or what there is: no more is asked than that it goes on.
        let _ = controls([lie]).await;
        let lie = Rule::on::<DomainGetMemoryParameters>()
            .answers::<DomainGetMemoryParameters>(&(Vec::new(), count));
        let _ = controls([lie]).await;
    }
    let sound = controls([]).await.unwrap();
    assert_eq!(sound.readings.0[0].live, Some(1024));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_wrong_kind_are_no_values() {
    for value in [
        TypedValue::Text("1024".into()),
        TypedValue::LLong(-5),
        TypedValue::Double(f64::INFINITY),
        TypedValue::Double(f64::NAN),
        TypedValue::Boolean(1),
    ] {
        let params = vec![TypedParam::new("cpu_shares", value.clone())];
        let false_kind = Rule::on::<DomainGetSchedulerParametersFlags>()
            .answers::<DomainGetSchedulerParametersFlags>(&params);
        if let Ok(tuning) = controls([false_kind]).await {
            let live = tuning.readings.0[0].live;
            assert!(
                live.is_none_or(|shares| shares <= 1),
                "{value:?} became {live:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_values_than_libvirt_takes_are_refused() {
    let many: Vec<_> = (0..5000)
        .map(|number| TypedParam::new(format!("p{number}"), TypedValue::Int(1)))
        .collect();
    let lie = Rule::on::<DomainGetSchedulerParametersFlags>()
        .answers::<DomainGetSchedulerParametersFlags>(&many);
    let _ = controls([lie]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_none_are_failures() {
    let wrong = [vec![], vec![0xff; 3], vec![0xff; 64], vec![0; 4096]];
    let rules: [fn() -> Rule; 6] = [
        Rule::on::<ConnectListAllDomains>,
        Rule::on::<DomainGetXmlDesc>,
        Rule::on::<GetAllDomainStats>,
        Rule::on::<NodeGetInfo>,
        Rule::on::<ConnectGetCapabilities>,
        Rule::on::<DomainGetSchedulerType>,
    ];
    for rule in rules {
        for bytes in &wrong {
            let played = Played::start(one());
            played.rule(rule().times(3).answers_bytes(bytes.clone()));
            let uri = played.uri();
            let opened = Connection::open(&uri, oriel::agent::Agent::default());
            // Whatever it makes of that: it comes to an end, and can be closed.
            if let Ok(connection) = soon("the opening", opened).await {
                let _ = soon("the list", connection.complete_inventory()).await;
                let _ = soon("a guest", connection.guest("web")).await;
                soon("the end", connection.close()).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_counts_wrongly_is_what_it_lists() {
    let played = Played::start(one());
    let web = played.scene(|scene| scene.guests[0].domain.clone());
    played.rule(
        Rule::on::<ConnectListAllDomains>()
            .answers::<ConnectListAllDomains>(&(vec![web.clone(), web], u32::MAX)),
    );
    let connection = open(&played).await;
    let all = until(&connection, "the list", |all| all.complete).await;
    assert!(all.guests.len() <= 1, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_none_are_said_of_their_guest_alone() {
    let deep = "<a>".repeat(100_000);
    let lol = "<!DOCTYPE lol [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>\
               <domain>&b;</domain>";
    for document in [
        "",
        "no XML",
        "<domain",
        deep.as_str(),
        lol,
        "<network/>",
        "\u{feff}<domain/>",
    ] {
        let mut scene = one();
        scene.guests.push(Player::off("odd", 2));
        scene.guests[1].document = document.to_owned();
        let played = Played::start(scene);
        let connection = open(&played).await;
        guest(&connection, "web").await;
        let all = until(&connection, "all of it", |all| all.complete).await;
        let odd = all.find("odd").unwrap();
        assert_eq!(odd.state, DomainState::ShutOff);
        let start = document.chars().take(20).collect::<String>();
        assert!(odd.error.is_some() || odd.summary.is_some(), "{start}");
        connection.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_it_is_says_the_daemon_and_not_the_document() {
    let mut scene = one();
    scene.guests.push(Player::off("other", 2));
    // It says that it is the first.
    scene.guests[1].document = scene.guests[0].document.clone();
    let played = Played::start(scene);
    let connection = open(&played).await;
    let all = until(&connection, "both", |all| all.complete).await;
    assert_eq!(all.guests[&id(2)].name, "other");
    assert_eq!(all.guests[&id(1)].name, "web");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_guests_of_one_name_are_two() {
    let played = Played::start(Scene::of([
        Player::running("web", 1),
        Player::off("web", 2),
    ]));
    let connection = open(&played).await;
    let all = until(&connection, "both", |all| all.complete).await;
    assert_eq!(all.guests.len(), 2);
    assert_eq!(all.guests[&id(1)].state, DomainState::Running);
    assert_eq!(all.guests[&id(2)].state, DomainState::ShutOff);
}

/// What a guest's screen shows is not a picture that can be had.
async fn picture(screen: Vec<u8>) -> oriel::Result<preview::Preview> {
    let mut scene = one();
    scene.guests[0].screen = screen;
    let played = Played::start(scene);
    let connection = open(&played).await;
    let web = guest(&connection, "web").await;
    soon("the picture", preview::take(&connection, &web, Some(320))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_picture_is_shown() {
    let shown = picture(b"P6\n2 1\n255\n\xff\0\0\0\xff\0".to_vec())
        .await
        .unwrap();
    assert_eq!((shown.width, shown.height), (2, 1));
    assert_eq!(shown.rgba, [255, 0, 0, 255, 0, 255, 0, 255]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_that_lie_take_no_memory() {
    for head in [
        "P6\n8192 8192\n255\n",
        "P6\n100000 100000\n255\n",
        "P6\n4294967295 4294967295\n255\n",
        "P6\n99999999999999999999 1\n255\n",
        "P6\n0 0\n255\n",
        "P6\n1 1\n65536\n",
        "P6\n",
        "P3\n8192 8192\n255\n1 1 1",
        "P7\n1 1\n",
        "",
        "\u{89}PNG",
    ] {
        let shown = picture(head.as_bytes().to_vec()).await;
        assert!(shown.is_err(), "{head:?} became {shown:?}");
    }
    // 8192 by 8192 as a PNG's head says it, without a picture.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(8192_u32.to_be_bytes());
    png.extend(8192_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    assert!(picture(png).await.is_err());
    let most = oriel_tests::memory::peak_kib();
    assert!(most < 200 * 1024, "{most} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_refused_says_so_in_words() {
    let played = Played::start(one());
    let connection = open(&played).await;
    let web = guest(&connection, "web").await;
    played.rule(Rule::on::<DomainScreenshot>().is_unknown());
    let failed = preview::take(&connection, &web, None).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unsupported, "{failed}");
}

#[track_caller]
fn orielctl(played: &Played, words: &[&str]) -> Outcome {
    let mut command = Command::new(oriel_tests::orielctl());
    command
        .args(["--connect", &played.uri()])
        .args(words)
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_STATE_HOME", played.folder().join("state"))
        .env("ORIEL_LOG", "oriel=debug");
    Running::start(&mut command, None).end()
}

/// libvirt itself takes none of these; a daemon of somebody else's may.
#[test]
fn names_do_nothing_to_the_terminal() {
    let names = [
        "\u{1b}[2J",
        "web\n -  forged  running",
        "\u{202e}bew",
        "a\tb\rc\u{7}",
        "\u{9b}31m",
    ];
    let guests = names
        .iter()
        .zip(1..)
        .map(|(name, number)| Player::running(name, number));
    let played = Played::start(Scene::of(guests));
    let harmless = |done: &Outcome| {
        for line in done.out.lines().chain(done.err.lines()) {
            assert!(!line.contains(is_unsafe), "{line:?} in {done:#?}");
        }
    };
    let list = orielctl(&played, &["list"]);
    harmless(list.expect(0));
    assert_eq!(list.out.lines().count(), names.len() + 1, "{}", list.out);
    for name in names {
        harmless(orielctl(&played, &["info", name]).expect(0));
        harmless(orielctl(&played, &["force-off", name, "--yes"]).within(30));
    }
    played.rule(Rule::on::<ConnectListAllDomains>().fails(
        1,
        10,
        "\u{1b}[2J\nweb  running\u{202e}",
    ));
    let failed = orielctl(&played, &["list"]);
    assert_ne!(failed.code, 0);
    harmless(&failed);
}

#[test]
fn nothing_that_it_answers_ends_the_program_by_force() {
    let played = Played::start(one());
    for number in [i32::MAX, -1] {
        played.rule(
            Rule::on::<DomainGetSchedulerType>()
                .answers::<DomainGetSchedulerType>(&("posix".into(), number)),
        );
        played.rule(
            Rule::on::<DomainGetMemoryParameters>()
                .answers::<DomainGetMemoryParameters>(&(Vec::new(), number)),
        );
        let done = orielctl(&played, &["tune", "web"]).within(30).code;
        // A signal would be above 128.
        assert!((0..10).contains(&done), "ended with {done}");
    }
    assert!(
        played.asked::<DomainGetSchedulerType>() >= 2,
        "{:?}",
        played.calls()
    );
}
