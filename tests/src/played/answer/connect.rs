// SPDX-License-Identifier: GPL-3.0-or-later
//! The connection, the host, and who is told of what.

use oriel_wire::event::Subject;
use oriel_wire::procedure::{
    AuthList, ConnectClose, ConnectGetCapabilities, ConnectGetHostname, ConnectGetLibVersion,
    ConnectGetMaxVcpus, ConnectGetType, ConnectGetUri, ConnectGetVersion, ConnectIsSecure,
    ConnectListAllNetworks, ConnectListAllNodeDevices, ConnectOpen, ConnectSupportsFeature,
    DomainEventDeregister, DomainEventRegister, NetworkEventDeregister, NetworkEventRegister,
    NetworkIsActive, NetworkLookupByName, NodeDeviceEventDeregister, NodeDeviceEventRegister,
    NodeGetInfo, PoolEventDeregister, PoolEventRegister, Procedure, RegisterCloseCallback,
    SecretEventDeregister, SecretEventRegister, UnregisterCloseCallback,
};
use oriel_wire::types::NodeInfo;
use oriel_wire::{RemoteError, code, origin};

use super::{Asked, Outcome};

pub(super) fn answer(asked: &Asked<'_>) -> Option<Outcome> {
    let scene = |with: fn(&mut super::super::Scene) -> String| asked.stage.scene(with);
    Some(match asked.call.procedure() {
        AuthList::NUMBER => asked.by::<AuthList>(|()| Ok(vec![0])),
        ConnectOpen::NUMBER => asked.by::<ConnectOpen>(|_| Ok(())),
        ConnectClose::NUMBER => asked.by::<ConnectClose>(|()| Ok(())),
        RegisterCloseCallback::NUMBER => asked.by::<RegisterCloseCallback>(|()| Ok(())),
        UnregisterCloseCallback::NUMBER => asked.by::<UnregisterCloseCallback>(|()| Ok(())),
        ConnectSupportsFeature::NUMBER => asked.by::<ConnectSupportsFeature>(|_| Ok(1)),
        ConnectGetType::NUMBER => {
            asked.by::<ConnectGetType>(|()| Ok(scene(|scene| scene.driver.clone())))
        }
        ConnectGetUri::NUMBER => {
            asked.by::<ConnectGetUri>(|()| Ok(scene(|scene| scene.uri.clone())))
        }
        ConnectGetCapabilities::NUMBER => {
            asked.by::<ConnectGetCapabilities>(|()| Ok(scene(|scene| scene.capabilities())))
        }
        ConnectGetHostname::NUMBER => asked.by::<ConnectGetHostname>(|()| Ok("played".into())),
        ConnectGetVersion::NUMBER => asked.by::<ConnectGetVersion>(|()| Ok(7_002_000)),
        ConnectGetLibVersion::NUMBER => {
            asked.by::<ConnectGetLibVersion>(|()| Ok(asked.stage.scene(|scene| scene.version)))
        }
        ConnectGetMaxVcpus::NUMBER => asked.by::<ConnectGetMaxVcpus>(|_| Ok(16)),
        ConnectIsSecure::NUMBER => asked.by::<ConnectIsSecure>(|()| Ok(1)),
        NodeGetInfo::NUMBER => asked.by::<NodeGetInfo>(|()| Ok(host())),
        ConnectListAllNodeDevices::NUMBER => {
            asked.by::<ConnectListAllNodeDevices>(|_| Ok((Vec::new(), 0)))
        }
        _ => return networks(asked).or_else(|| callbacks(asked)),
    })
}

fn networks(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    let absent = || RemoteError::new(code::NO_NETWORK, origin::NETWORK, "no such network");
    Some(match asked.call.procedure() {
        ConnectListAllNetworks::NUMBER => asked.by::<ConnectListAllNetworks>(|_| {
            let all = stage.scene(|scene| scene.networks.clone());
            let all: Vec<_> = all.into_iter().map(|(network, _)| network).collect();
            let count = u32::try_from(all.len()).unwrap_or(0);
            Ok((all, count))
        }),
        NetworkLookupByName::NUMBER => asked.by::<NetworkLookupByName>(|name| {
            let all = stage.scene(|scene| scene.networks.clone());
            let mut all = all.into_iter().map(|(network, _)| network);
            all.find(|it| it.name == name).ok_or_else(absent)
        }),
        NetworkIsActive::NUMBER => asked.by::<NetworkIsActive>(|network| {
            let all = stage.scene(|scene| scene.networks.clone());
            let found = all.into_iter().find(|(it, _)| *it == network);
            found.map(|(_, on)| i32::from(on)).ok_or_else(absent)
        }),
        _ => return None,
    })
}

/// Who wants to be told of events.
fn callbacks(asked: &Asked<'_>) -> Option<Outcome> {
    let clients = asked.stage.clients();
    let register = |subject, event| {
        if asked.stage.scene(|scene| scene.has_events) {
            return Ok(clients.register(asked.client, subject, event));
        }
        let message = "this function is not supported by the connection driver";
        Err(RemoteError::new(code::NO_SUPPORT, origin::QEMU, message))
    };
    let deregister = |callback| {
        clients.deregister(asked.client, callback);
        Ok(())
    };
    Some(match asked.call.procedure() {
        DomainEventRegister::NUMBER => {
            asked.by::<DomainEventRegister>(|(event, _)| register(Subject::Domain, event))
        }
        NetworkEventRegister::NUMBER => {
            asked.by::<NetworkEventRegister>(|(event, _)| register(Subject::Network, event))
        }
        PoolEventRegister::NUMBER => {
            asked.by::<PoolEventRegister>(|(event, _)| register(Subject::Pool, event))
        }
        NodeDeviceEventRegister::NUMBER => {
            asked.by::<NodeDeviceEventRegister>(|(event, _)| register(Subject::NodeDevice, event))
        }
        SecretEventRegister::NUMBER => {
            asked.by::<SecretEventRegister>(|(event, _)| register(Subject::Secret, event))
        }
        DomainEventDeregister::NUMBER => asked.by::<DomainEventDeregister>(deregister),
        NetworkEventDeregister::NUMBER => asked.by::<NetworkEventDeregister>(deregister),
        PoolEventDeregister::NUMBER => asked.by::<PoolEventDeregister>(deregister),
        NodeDeviceEventDeregister::NUMBER => asked.by::<NodeDeviceEventDeregister>(deregister),
        SecretEventDeregister::NUMBER => asked.by::<SecretEventDeregister>(deregister),
        _ => return None,
    })
}

fn host() -> NodeInfo {
    let mut model = [0; 32];
    for (place, letter) in model.iter_mut().zip(b"x86_64") {
        *place = letter.cast_signed();
    }
    NodeInfo {
        model,
        memory: 16 * 1024 * 1024,
        cpus: 8,
        mhz: 2000,
        nodes: 1,
        sockets: 1,
        cores: 8,
        threads: 1,
    }
}
