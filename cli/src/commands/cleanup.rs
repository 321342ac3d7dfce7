// SPDX-License-Identifier: GPL-3.0-or-later
//! `cleanup`: finishes or undoes what a crash left, on every connection that the journal names.

use std::collections::BTreeMap;

use oriel::guest::create::{self, Leftover, Outcome};
use oriel::lease;
use oriel::{Connection, Error};
use serde_json::{Value, json};

use super::Context;
use crate::args::CleanupArguments;
use crate::failure::{self, FAILED, Failure};
use crate::{agent, output};

pub async fn cleanup(context: &Context, arguments: &CleanupArguments) -> Result<(), Failure> {
    let leftovers = create::leftovers()?;
    let leases = lease::dead_records()?;
    if arguments.list {
        return list(context, &leftovers, leases.len());
    }
    if arguments.keep {
        return keep(context, leftovers).await;
    }
    // Those of journals were opened before; this one is named only now.
    context.check_programs()?;
    // Opening a connection ends its dead leases; so every host that has one is opened.
    let mut by_uri: BTreeMap<String, Vec<Leftover>> = BTreeMap::new();
    by_uri.entry(context.uri.clone()).or_default();
    for lease in &leases {
        by_uri.entry(lease.host.clone()).or_default();
    }
    for leftover in leftovers {
        by_uri
            .entry(leftover.uri.clone())
            .or_default()
            .push(leftover);
    }
    let mut failed = false;
    let mut results = Vec::new();
    for (uri, leftovers) in by_uri {
        let wanted = !leftovers.is_empty() || leases.iter().any(|lease| lease.host == uri);
        let connection = match Connection::open(&uri, agent::terminal(false)).await {
            Ok(connection) => connection,
            // Nothing was to be done there.
            Err(_) if !wanted => continue,
            Err(error) => {
                failed = true;
                if leftovers.is_empty() {
                    failure::report("", &error);
                }
                for leftover in leftovers {
                    results.push(told(context, &uri, &leftover, Err(&error)));
                }
                continue;
            }
        };
        for leftover in leftovers {
            let outcome = create::clean_up(&connection, leftover.id).await;
            failed |= outcome.is_err();
            results.push(told(context, &uri, &leftover, outcome.as_ref()));
        }
        connection.close().await;
    }
    let left = lease::dead_records()?.len();
    if context.json {
        output::json(
            &json!({ "jobs": results, "leases_ended": leases.len() - left.min(leases.len()) }),
        )?;
    } else if results.is_empty() && leases.is_empty() {
        output::line("Nothing was left behind.");
    } else if !leases.is_empty() {
        output::line(&format!(
            "Secrets of starts that died, now removed from libvirt: {}.",
            leases.len() - left.min(leases.len())
        ));
    }
    if failed || left > 0 {
        return Err(Failure::Silent(FAILED));
    }
    Ok(())
}

/// Forgets the journals, and touches nothing of what they tell of.
async fn keep(context: &Context, leftovers: Vec<Leftover>) -> Result<(), Failure> {
    let mut results = Vec::new();
    for leftover in leftovers {
        if create::keep(leftover.id).await? == Outcome::Alive {
            continue;
        }
        if !context.json {
            output::line(&format!(
                "The journal of “{}” is forgotten. Nothing was deleted; this is or may be there:",
                leftover.domain
            ));
            for left in &leftover.left {
                output::line(&format!("  {left}"));
            }
        }
        results.push(json!({
            "id": leftover.id.to_string(),
            "domain": leftover.domain,
            "connection": leftover.uri,
            "outcome": "kept",
            "left": leftover.left,
        }));
    }
    if context.json {
        return output::json(&json!({ "jobs": results, "leases_ended": 0 }));
    }
    if results.is_empty() {
        output::line("There was no journal.");
    }
    Ok(())
}

/// Tells what became of one leftover, and gives it as JSON.
fn told(
    context: &Context,
    uri: &str,
    leftover: &Leftover,
    outcome: Result<&Outcome, &Error>,
) -> Value {
    let name = &leftover.domain;
    let (outcome, words) = match outcome {
        Ok(Outcome::Finished) => ("finished", "is complete and stays"),
        Ok(Outcome::Undone) => ("undone", "is gone without a trace"),
        Ok(Outcome::KeyKept) => (
            "key-kept",
            "is gone, but its disk was not found where it was to be: it may have been moved, so \
             its passphrase stays in your keyring (“Passwords and Keys” shows and removes it)",
        ),
        Ok(Outcome::Alive) => ("alive", "is being made or cleaned up by another Oriel"),
        Err(error) => {
            let what = format!("“{name}” on {uri} could not be cleaned up: ");
            failure::report(&what, error);
            return json!({
                "id": leftover.id.to_string(),
                "domain": name,
                "connection": uri,
                "outcome": "failed",
                "error": error.to_string(),
            });
        }
    };
    if !context.json {
        output::line(&format!("“{name}” on {uri} {words}."));
    }
    json!({
        "id": leftover.id.to_string(),
        "domain": name,
        "connection": uri,
        "outcome": outcome,
    })
}

fn list(context: &Context, leftovers: &[Leftover], leases: usize) -> Result<(), Failure> {
    if context.json {
        return output::json(&json!({ "jobs": leftovers, "leases": leases }));
    }
    if leftovers.is_empty() && leases == 0 {
        output::line("Nothing was left behind.");
        return Ok(());
    }
    for leftover in leftovers {
        output::line(&format!(
            "Creation of “{}” on {}:",
            leftover.domain, leftover.uri
        ));
        for left in &leftover.left {
            output::line(&format!("  {left}"));
        }
    }
    if leases > 0 {
        output::line(&format!(
            "Secrets in libvirt of starts that died: {leases}."
        ));
    }
    output::line("“orielctl cleanup” finishes what is complete and undoes the rest.");
    Ok(())
}
