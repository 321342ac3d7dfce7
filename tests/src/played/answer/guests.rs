// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests: what there are, what they do, what they may use.

use oriel_wire::event::Lifecycle;
use oriel_wire::procedure::{
    ConnectListAllDomains, DomainCreate, DomainCreateWithFlags, DomainDefineXml,
    DomainDefineXmlFlags, DomainDestroy, DomainGetAutostart, DomainGetBlockInfo, DomainGetInfo,
    DomainGetMemoryParameters, DomainGetOsType, DomainGetSchedulerParametersFlags,
    DomainGetSchedulerType, DomainGetState, DomainGetXmlDesc, DomainHasManagedSaveImage,
    DomainIsActive, DomainIsPersistent, DomainListAllSnapshots, DomainLookupById,
    DomainLookupByName, DomainLookupByUuid, DomainManagedSave, DomainOpenConsole, DomainReboot,
    DomainRename, DomainReset, DomainResume, DomainScreenshot, DomainSetAutostart,
    DomainSetMemoryParameters, DomainSetSchedulerParametersFlags, DomainShutdown, DomainSuspend,
    DomainUndefine, DomainUndefineFlags, GetAllDomainStats, Procedure,
};
use oriel_wire::types::{
    BlockInfo, Domain, DomainInfo, Flags, StatsRecord, TypedParam, TypedValue,
};
use oriel_wire::{RemoteError, code, origin};

use super::super::clients;
use super::super::scene::{OFF, Player, RUNNING, Scene};
use super::super::stage::Stage;
use super::{Asked, Outcome, part};

/// `VIR_DOMAIN_PAUSED`.
const PAUSED: i32 = 3;

/// `virConnectListAllDomainsFlags`.
const ACTIVE: Flags = 1;
const INACTIVE: Flags = 2;
const PERSISTENT: Flags = 4;
const TRANSIENT: Flags = 8;
const SAVED: Flags = 256;
const UNSAVED: Flags = 512;

type Answer<T> = Result<T, RemoteError>;

pub(super) fn answer(asked: &Asked<'_>) -> Option<Outcome> {
    finding(asked)
        .or_else(|| reading(asked))
        .or_else(|| acting(asked))
        .or_else(|| controls(asked))
}

fn absent() -> RemoteError {
    RemoteError::new(code::NO_DOMAIN, origin::QEMU, "Domain not found")
}

fn with<T>(
    stage: &Stage,
    domain: &Domain,
    with: impl FnOnce(&mut Player) -> Answer<T>,
) -> Answer<T> {
    stage.scene(|scene| with(scene.by_uuid(domain.uuid).ok_or_else(absent)?))
}

fn finding(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    let one = |fits: &dyn Fn(&Player) -> bool| {
        let found = |scene: &mut Scene| scene.guests.iter().find(|it| fits(it)).cloned();
        stage
            .scene(found)
            .map(|player| player.domain)
            .ok_or_else(absent)
    };
    Some(match asked.call.procedure() {
        ConnectListAllDomains::NUMBER => asked.by::<ConnectListAllDomains>(|(_, flags)| {
            let all = stage.scene(|scene| scene.guests.clone());
            let fitting = all.into_iter().filter(|player| is_wanted(player, flags));
            let all: Vec<_> = fitting.map(|player| player.domain).collect();
            let count = u32::try_from(all.len()).unwrap_or(0);
            Ok((all, count))
        }),
        DomainLookupById::NUMBER => {
            asked.by::<DomainLookupById>(|id| one(&|player| player.domain.id == id))
        }
        DomainLookupByName::NUMBER => {
            asked.by::<DomainLookupByName>(|name| one(&|player| player.domain.name == name))
        }
        DomainLookupByUuid::NUMBER => {
            asked.by::<DomainLookupByUuid>(|id| one(&|player| player.domain.uuid == id.0))
        }
        GetAllDomainStats::NUMBER => asked.by::<GetAllDomainStats>(|(of, _, _)| {
            let all = stage.scene(|scene| scene.guests.clone());
            let wanted = |player: &Player| {
                of.is_empty() || of.iter().any(|it| it.uuid == player.domain.uuid)
            };
            Ok(all.iter().filter(|it| wanted(it)).map(stats).collect())
        }),
        _ => return None,
    })
}

/// Flags come in pairs, of which none stands for both.
fn is_wanted(player: &Player, flags: Flags) -> bool {
    let pair = |yes: Flags, no: Flags, is: bool| {
        flags & (yes | no) == 0 || flags & if is { yes } else { no } != 0
    };
    pair(ACTIVE, INACTIVE, player.state != OFF)
        && pair(PERSISTENT, TRANSIENT, player.persistent)
        && pair(SAVED, UNSAVED, player.saved)
}

fn stats(player: &Player) -> StatsRecord {
    let values = [
        ("state.state", TypedValue::Int(player.state)),
        ("cpu.time", TypedValue::ULLong(1_000_000_000)),
        ("balloon.current", TypedValue::ULLong(262_144)),
        ("vcpu.current", TypedValue::UInt(1)),
    ];
    StatsRecord {
        domain: player.domain.clone(),
        params: values
            .map(|(name, value)| TypedParam::new(name, value))
            .into(),
    }
}

fn reading(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    Some(match asked.call.procedure() {
        DomainGetXmlDesc::NUMBER => asked.by::<DomainGetXmlDesc>(|(domain, _)| {
            with(stage, &domain, |player| Ok(player.document.clone()))
        }),
        DomainGetState::NUMBER => asked.by::<DomainGetState>(|(domain, _)| {
            with(stage, &domain, |player| Ok((player.state, 0)))
        }),
        DomainGetInfo::NUMBER => asked.by::<DomainGetInfo>(|domain| {
            with(stage, &domain, |player| {
                Ok(DomainInfo {
                    state: u8::try_from(player.state).unwrap_or(0),
                    max_memory: 262_144,
                    memory: 262_144,
                    cpus: 1,
                    cpu_time: 1_000_000_000,
                })
            })
        }),
        DomainGetOsType::NUMBER => asked.by::<DomainGetOsType>(|_| Ok("hvm".into())),
        DomainIsActive::NUMBER => asked.by::<DomainIsActive>(|domain| {
            with(stage, &domain, |player| Ok(i32::from(player.state != OFF)))
        }),
        DomainIsPersistent::NUMBER => asked.by::<DomainIsPersistent>(|domain| {
            with(stage, &domain, |player| Ok(i32::from(player.persistent)))
        }),
        DomainHasManagedSaveImage::NUMBER => asked.by::<DomainHasManagedSaveImage>(|(it, _)| {
            with(stage, &it, |player| Ok(i32::from(player.saved)))
        }),
        DomainGetAutostart::NUMBER => asked.by::<DomainGetAutostart>(|domain| {
            with(stage, &domain, |player| Ok(i32::from(player.autostart)))
        }),
        DomainListAllSnapshots::NUMBER => {
            asked.by::<DomainListAllSnapshots>(|_| Ok((Vec::new(), 0)))
        }
        DomainGetBlockInfo::NUMBER => asked.by::<DomainGetBlockInfo>(|_| {
            Ok(BlockInfo {
                allocation: 1 << 20,
                capacity: 1 << 30,
                physical: 1 << 20,
            })
        }),
        DomainScreenshot::NUMBER => asked.by::<DomainScreenshot>(|(domain, _, _)| {
            with(stage, &domain, |player| match player.state {
                OFF => Err(not_running()),
                _ => Ok(Some("image/x-portable-pixmap".into())),
            })
        }),
        DomainOpenConsole::NUMBER => asked.by::<DomainOpenConsole>(|(domain, _, _)| {
            with(stage, &domain, |player| match player.state {
                OFF => Err(not_running()),
                _ => Ok(()),
            })
        }),
        _ => return None,
    })
}

fn not_running() -> RemoteError {
    RemoteError::new(
        code::OPERATION_INVALID,
        origin::QEMU,
        "Requested operation is not valid: domain is not running",
    )
}

fn acting(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    let become_ = |domain: &Domain, change: fn(&mut Player)| {
        with(stage, domain, |player| {
            change(player);
            Ok(())
        })
    };
    let pause = |player: &mut Player| player.state = PAUSED;
    let go_on = |player: &mut Player| player.state = RUNNING;
    Some(match asked.call.procedure() {
        DomainCreate::NUMBER => asked.by::<DomainCreate>(|it| become_(&it, Player::start)),
        DomainCreateWithFlags::NUMBER => asked.by::<DomainCreateWithFlags>(|(domain, _)| {
            become_(&domain, Player::start)?;
            with(stage, &domain, |player| Ok(player.domain.clone()))
        }),
        DomainDestroy::NUMBER => asked.by::<DomainDestroy>(|it| become_(&it, Player::stop)),
        DomainShutdown::NUMBER => asked.by::<DomainShutdown>(|it| become_(&it, Player::stop)),
        DomainSuspend::NUMBER => asked.by::<DomainSuspend>(|it| become_(&it, pause)),
        DomainResume::NUMBER => asked.by::<DomainResume>(|it| become_(&it, go_on)),
        DomainReset::NUMBER => asked.by::<DomainReset>(|(it, _)| become_(&it, |_| ())),
        DomainReboot::NUMBER => asked.by::<DomainReboot>(|(it, _)| become_(&it, |_| ())),
        DomainManagedSave::NUMBER => asked.by::<DomainManagedSave>(|(it, _)| {
            become_(&it, |player| {
                player.stop();
                player.saved = true;
            })
        }),
        DomainSetAutostart::NUMBER => asked.by::<DomainSetAutostart>(|(domain, on)| {
            with(stage, &domain, |player| {
                player.autostart = on != 0;
                Ok(())
            })
        }),
        DomainRename::NUMBER => asked.by::<DomainRename>(|(domain, name, _)| {
            with(stage, &domain, |player| {
                player.domain.name = name.unwrap_or_default();
                Ok(0)
            })
        }),
        DomainUndefine::NUMBER => asked.by::<DomainUndefine>(|domain| undefine(stage, &domain)),
        DomainUndefineFlags::NUMBER => {
            asked.by::<DomainUndefineFlags>(|(domain, _)| undefine(stage, &domain))
        }
        DomainDefineXml::NUMBER => asked.by::<DomainDefineXml>(|xml| define(stage, xml)),
        DomainDefineXmlFlags::NUMBER => {
            asked.by::<DomainDefineXmlFlags>(|(xml, _)| define(stage, xml))
        }
        _ => return None,
    })
}

fn undefine(stage: &Stage, domain: &Domain) -> Answer<()> {
    stage.scene(|scene| {
        let player = scene.by_uuid(domain.uuid).ok_or_else(absent)?;
        player.persistent = false;
        // A guest that runs goes on until it is off.
        scene
            .guests
            .retain(|it| it.domain.uuid != domain.uuid || it.state != OFF);
        Ok(())
    })
}

fn define(stage: &Stage, xml: String) -> Answer<Domain> {
    let malformed = || RemoteError::new(code::XML, origin::QEMU, "XML error: no name or no UUID");
    let name = part(&xml, "<name>", "</name>").ok_or_else(malformed)?;
    let uuid = part(&xml, "<uuid>", "</uuid>").and_then(|text| text.trim().parse().ok());
    let uuid = uuid.ok_or_else(malformed)?;
    stage.scene(|scene| {
        if let Some(known) = scene.by_uuid(uuid) {
            known.document = xml;
            known.persistent = true;
            return Ok(known.domain.clone());
        }
        let mut player = Player::off(&name, 0);
        player.domain.uuid = uuid;
        player.document = xml;
        scene.guests.push(player.clone());
        Ok(player.domain)
    })
}

fn controls(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    Some(match asked.call.procedure() {
        DomainGetSchedulerType::NUMBER => asked.by::<DomainGetSchedulerType>(|domain| {
            with(stage, &domain, |player| {
                let count = i32::try_from(player.scheduler.len()).unwrap_or(0);
                Ok(("posix".into(), count))
            })
        }),
        DomainGetSchedulerParametersFlags::NUMBER => {
            asked.by::<DomainGetSchedulerParametersFlags>(|(domain, _, _)| {
                with(stage, &domain, |player| Ok(player.scheduler.clone()))
            })
        }
        DomainSetSchedulerParametersFlags::NUMBER => {
            asked.by::<DomainSetSchedulerParametersFlags>(|(domain, params, _)| {
                with(stage, &domain, |player| {
                    merge(&mut player.scheduler, params);
                    Ok(())
                })
            })
        }
        DomainGetMemoryParameters::NUMBER => {
            asked.by::<DomainGetMemoryParameters>(|(domain, room, _)| {
                with(stage, &domain, |player| {
                    let count = i32::try_from(player.memory.len()).unwrap_or(0);
                    // Without room, how many there are.
                    let values = if room == 0 {
                        Vec::new()
                    } else {
                        player.memory.clone()
                    };
                    Ok((values, count))
                })
            })
        }
        DomainSetMemoryParameters::NUMBER => {
            asked.by::<DomainSetMemoryParameters>(|(domain, params, _)| {
                with(stage, &domain, |player| {
                    merge(&mut player.memory, params);
                    Ok(())
                })
            })
        }
        _ => return None,
    })
}

fn merge(into: &mut [TypedParam], params: Vec<TypedParam>) {
    for param in params {
        if let Some(known) = into.iter_mut().find(|it| it.field == param.field) {
            known.value = param.value;
        }
    }
}

/// `virDomainEventType` and the detail, of calls that something follows from.
const FOLLOWS: [(i32, i32, i32); 8] = [
    (DomainCreate::NUMBER, 2, 0),
    (DomainCreateWithFlags::NUMBER, 2, 0),
    (DomainDestroy::NUMBER, 5, 1),
    (DomainShutdown::NUMBER, 5, 0),
    (DomainSuspend::NUMBER, 3, 0),
    (DomainResume::NUMBER, 4, 0),
    (DomainManagedSave::NUMBER, 5, 4),
    (DomainUndefineFlags::NUMBER, 1, 0),
];

/// Sends the data of a stream, and tells of what happened.
pub(super) async fn afterwards(asked: &Asked<'_>) {
    let number = asked.call.procedure();
    if number == DomainScreenshot::NUMBER || number == DomainOpenConsole::NUMBER {
        stream(asked, number).await;
    }
    let Some((_, event, detail)) = FOLLOWS.iter().find(|(it, ..)| *it == number) else {
        return;
    };
    // The guest comes first in all of them.
    let Some(domain) = domain_of(asked, number) else {
        return;
    };
    let message = |callback| (callback, domain.clone(), *event, *detail);
    let told = asked.stage.clients().told::<Lifecycle>(message);
    clients::tell::<Lifecycle>(told).await;
}

fn domain_of(asked: &Asked<'_>, number: i32) -> Option<Domain> {
    let call = asked.call;
    match number {
        DomainCreateWithFlags::NUMBER | DomainManagedSave::NUMBER | DomainUndefineFlags::NUMBER => {
            Some(call.args::<DomainUndefineFlags>().ok()?.0)
        }
        _ => call.args::<DomainCreate>().ok(),
    }
}

async fn stream(asked: &Asked<'_>, number: i32) {
    let shown = number == DomainScreenshot::NUMBER;
    let domain = if shown {
        asked.call.args::<DomainScreenshot>().map(|args| args.0)
    } else {
        asked.call.args::<DomainOpenConsole>().map(|args| args.0)
    };
    let Ok(domain) = domain else { return };
    let data = asked.stage.scene(|scene| {
        let player = scene.by_uuid(domain.uuid)?;
        Some(if shown {
            player.screen.clone()
        } else {
            player.console.clone()
        })
    });
    let stream = asked.call.stream();
    let _ = stream.send(&data.unwrap_or_default()).await;
    let _ = stream.end().await;
}
