// SPDX-License-Identifier: GPL-3.0-or-later
//! `events`: what happens, as it happens; one JSON object a line with `--json`.

use std::fmt::Write as _;
use std::time::Duration;

use oriel::connection::{Fact, FactKind, Status};
use oriel::model::happening::FieldValue;
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::Context;
use crate::args::EventsArguments;
use crate::failure::{Failure, REFUSED};
use crate::interrupt::interrupted;
use crate::output;

/// Longer than any listener lives; a timer takes no `Duration::MAX`.
const FOREVER: Duration = Duration::from_hours(24 * 365);

pub async fn events(context: &Context, arguments: &EventsArguments) -> Result<(), Failure> {
    let connection = context.connect().await?;
    let mut facts = connection.facts();
    output::note(&format!("Listening to {}; Ctrl+C ends it.", context.uri));
    let listen = async {
        let mut seen = 0;
        loop {
            if arguments.count.is_some_and(|count| seen >= count) {
                return Ok(());
            }
            let fact = match facts.recv().await {
                Ok(fact) => fact,
                Err(RecvError::Lagged(missed)) => {
                    output::note(&format!(
                        "{missed} events came too quickly and were missed."
                    ));
                    continue;
                }
                Err(RecvError::Closed) => return Ok(()),
            };
            let is_event = !matches!(fact.kind, FactKind::Connection(_));
            print(context, &fact)?;
            // It is not tried again by itself, so there is nothing more to wait for.
            if let FactKind::Connection(Status::Refused { reason }) = &fact.kind {
                output::error(&format!("{reason}."));
                return Err(Failure::Silent(REFUSED));
            }
            seen += u64::from(is_event);
        }
    };
    let over = tokio::time::sleep(arguments.timeout.map_or(FOREVER, Duration::from_secs));
    let result = tokio::select! {
        result = listen => result,
        () = over => Ok(()),
        () = interrupted() => Ok(()),
    };
    connection.close().await;
    result
}

fn print(context: &Context, fact: &Fact) -> Result<(), Failure> {
    let object = to_json(&context.uri, fact);
    if context.json {
        return output::json_line(&object);
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut line = format!(
        "{}  {} {}",
        text("time"),
        text("object"),
        match object.get("name").and_then(Value::as_str) {
            Some(name) => format!("“{name}”: {}", text("event")),
            None => text("event").to_owned(),
        }
    );
    if let Some(Value::Object(details)) = object.get("details") {
        for (key, value) in details {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(line, " {key}={value}");
        }
    }
    output::line(&line);
    Ok(())
}

fn to_json(uri: &str, fact: &Fact) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert(
        "time".into(),
        json!(humantime::format_rfc3339_millis(fact.at).to_string()),
    );
    object.insert("connection".into(), json!(uri));
    let mut details = Map::new();
    match &fact.kind {
        FactKind::Happened(happening) => {
            object.insert("object".into(), json!(happening.object));
            object.insert("event".into(), json!(happening.event));
            object.insert("name".into(), json!(happening.name));
            let uuid = happening.uuid.map(|uuid| uuid.to_string());
            object.insert("uuid".into(), json!(uuid));
            for (key, value) in &happening.fields {
                details.insert(key.clone().into_owned(), field(value));
            }
        }
        FactKind::Kernel(change) => {
            object.insert("object".into(), json!("domain"));
            object.insert("event".into(), json!("kernel"));
            object.insert("name".into(), json!(change.name));
            object.insert("uuid".into(), json!(change.uuid.to_string()));
            details.insert("control".into(), json!(change.control.name));
            details.insert("path".into(), json!(change.path));
            details.insert("value".into(), json!(change.value));
        }
        FactKind::Connection(status) => {
            object.insert("object".into(), json!("connection"));
            let (event, reason) = match status {
                Status::Connecting => ("connecting", None),
                Status::Online => ("online", None),
                Status::Waiting { reason, retry_in } => {
                    details.insert("retry_in".into(), json!(retry_in));
                    ("waiting", Some(reason))
                }
                Status::Refused { reason } => ("refused", Some(reason)),
                Status::Closed => ("closed", None),
            };
            object.insert("event".into(), json!(event));
            object.insert("name".into(), Value::Null);
            object.insert("uuid".into(), Value::Null);
            if let Some(reason) = reason {
                details.insert("reason".into(), json!(reason));
            }
        }
        _ => {}
    }
    object.insert("details".into(), Value::Object(details));
    object
}

fn field(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => json!(text),
        FieldValue::Int(number) => json!(number),
        FieldValue::UInt(number) => json!(number),
        FieldValue::Float(number) => json!(number),
        FieldValue::Bool(flag) => json!(flag),
    }
}
