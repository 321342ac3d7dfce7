// SPDX-License-Identifier: GPL-3.0-or-later
//! Secrets: defined, filled, forgotten. Their values are counted and not kept.

use oriel_wire::procedure::{
    ConnectListAllSecrets, Procedure, SecretDefineXml, SecretGetXmlDesc, SecretLookupByUsage,
    SecretLookupByUuid, SecretSetValue, SecretUndefine,
};
use oriel_wire::types::Secret;
use oriel_wire::{RemoteError, code, origin};

use super::super::scene::SecretScene;
use super::super::stage::Stage;
use super::{Asked, Outcome, part};

fn absent() -> RemoteError {
    RemoteError::new(code::NO_SECRET, origin::SECRET, "Secret not found")
}

fn find(stage: &Stage, fits: impl Fn(&SecretScene) -> bool) -> Result<SecretScene, RemoteError> {
    let found = stage.scene(|scene| scene.secrets.iter().find(|it| fits(it)).cloned());
    found.ok_or_else(absent)
}

pub(super) fn answer(asked: &Asked<'_>) -> Option<Outcome> {
    let stage = asked.stage;
    Some(match asked.call.procedure() {
        ConnectListAllSecrets::NUMBER => asked.by::<ConnectListAllSecrets>(|_| {
            let all = stage.scene(|scene| scene.secrets.clone());
            let all: Vec<_> = all.into_iter().map(|one| one.secret).collect();
            let count = u32::try_from(all.len()).unwrap_or(0);
            Ok((all, count))
        }),
        SecretLookupByUuid::NUMBER => asked.by::<SecretLookupByUuid>(|id| {
            find(stage, |one| one.secret.uuid == id.0).map(|one| one.secret)
        }),
        SecretLookupByUsage::NUMBER => asked.by::<SecretLookupByUsage>(|(kind, usage)| {
            let fits =
                |one: &SecretScene| (one.secret.usage_type, &one.secret.usage_id) == (kind, &usage);
            find(stage, fits).map(|one| one.secret)
        }),
        SecretDefineXml::NUMBER => asked.by::<SecretDefineXml>(|(xml, _)| {
            let defined = parse(&xml)?;
            stage.scene(|scene| scene.secrets.push(defined.clone()));
            Ok(defined.secret)
        }),
        SecretGetXmlDesc::NUMBER => asked.by::<SecretGetXmlDesc>(|(secret, _)| {
            find(stage, |one| one.secret.uuid == secret.uuid).map(|one| one.document)
        }),
        SecretSetValue::NUMBER => asked.by::<SecretSetValue>(|(secret, value, _)| {
            stage.scene(|scene| {
                let mut all = scene.secrets.iter_mut();
                let one = all.find(|one| one.secret.uuid == secret.uuid);
                one.ok_or_else(absent)?.filled = Some(value.0.len());
                Ok(())
            })
        }),
        SecretUndefine::NUMBER => asked.by::<SecretUndefine>(|secret| {
            find(stage, |one| one.secret.uuid == secret.uuid)?;
            stage.scene(|scene| scene.secrets.retain(|one| one.secret.uuid != secret.uuid));
            Ok(())
        }),
        _ => return None,
    })
}

fn parse(xml: &str) -> Result<SecretScene, RemoteError> {
    let malformed = || RemoteError::new(code::XML, origin::SECRET, "XML error: no UUID");
    let uuid = part(xml, "<uuid>", "</uuid>").and_then(|text| text.trim().parse().ok());
    Ok(SecretScene {
        secret: Secret {
            uuid: uuid.ok_or_else(malformed)?,
            usage_type: 1,
            usage_id: part(xml, "<volume>", "</volume>").unwrap_or_default(),
        },
        document: xml.to_owned(),
        filled: None,
    })
}
