// SPDX-License-Identifier: GPL-3.0-or-later
//! What an item of the keyring says about itself: whose passphrase it holds, and which hosts may
//! have it.
//!
//! A libvirt secret's UUID is no proof of anything: any host can name it in the document of a
//! guest. So an item notes the hosts that it was stored for; for another one the person is asked
//! first, and the answer is noted as well.

use std::collections::HashMap;

use crate::model::host::HostIdentity;

/// The item's attribute with the hosts, as JSON.
pub(crate) const HOSTS: &str = "hosts";

/// How many hosts an item notes. The oldest go first: their next start asks again.
const MAX_HOSTS: usize = 32;

/// What an item of the keyring says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemNote {
    /// The guest that it was stored for.
    pub domain: String,
    /// The volume's path or name.
    pub volume: String,
    /// The URI of the connection that it was stored over.
    pub connection: String,
    /// The hosts that may have the passphrase, oldest first; `None` if the item does not say,
    /// since an Oriel from before hosts were noted stored it, or another program.
    pub hosts: Option<Vec<HostIdentity>>,
}

impl ItemNote {
    /// Reads the attributes of an item. What can't be read counts as not noted.
    pub(crate) fn from_attributes(mut attributes: HashMap<String, String>) -> Self {
        let mut take = |name: &str| attributes.remove(name).unwrap_or_default();
        let hosts = serde_json::from_str(&take(HOSTS)).ok();
        Self {
            domain: take("domain"),
            volume: take("volume"),
            connection: take("connection"),
            hosts,
        }
    }

    /// Whether the passphrase may go to a host without a question.
    pub fn allows(&self, host: &HostIdentity) -> bool {
        self.hosts.as_ref().is_some_and(|all| all.contains(host))
    }

    /// Whether the passphrase is for this host alone.
    pub fn is_only_for(&self, host: &HostIdentity) -> bool {
        let hosts = self.hosts.as_deref().unwrap_or_default();
        !hosts.is_empty() && hosts.iter().all(|one| one == host)
    }

    /// The noted host at the same place, which has another identity by now: it was installed anew,
    /// another machine answers, or its libvirt makes up a UUID at each start.
    pub fn changed_from(&self, host: &HostIdentity) -> Option<&HostIdentity> {
        let mut hosts = self.hosts.iter().flatten();
        hosts.find(|one| one.is_same_place(host) && *one != host)
    }

    /// The hosts without one.
    pub(crate) fn hosts_without(&self, host: &HostIdentity) -> Vec<HostIdentity> {
        let all = self.hosts.iter().flatten();
        all.filter(|one| *one != host).cloned().collect()
    }

    /// The hosts with one more. It takes the place of the one at the same place.
    pub(crate) fn hosts_with(&self, host: &HostIdentity) -> Vec<HostIdentity> {
        let mut all = self.hosts.clone().unwrap_or_default();
        all.retain(|one| !one.is_same_place(host));
        all.push(host.clone());
        let surplus = all.len().saturating_sub(MAX_HOSTS);
        all.drain(..surplus);
        all
    }
}

/// The hosts as the attribute's text.
pub(crate) fn hosts_text(hosts: &[HostIdentity]) -> String {
    // Nothing in it can fail to be written; an empty text would count as not noted, which asks.
    serde_json::to_string(hosts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn remote(address: &str, uuid: u128) -> HostIdentity {
        HostIdentity::Remote {
            address: address.to_owned(),
            driver: "qemu:///system".into(),
            uuid: Uuid::from_u128(uuid),
        }
    }

    fn noted(hosts: &str) -> ItemNote {
        let attributes = [(HOSTS, hosts), ("domain", "bank")];
        let owned = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ItemNote::from_attributes(owned.into())
    }

    #[test]
    fn a_host_is_allowed_that_is_noted_whole() {
        let a = remote("ssh://a", 1);
        let note = noted(&hosts_text(std::slice::from_ref(&a)));
        assert_eq!(note.domain, "bank");
        assert!(note.allows(&a) && note.is_only_for(&a));
        // It claims the same UUID from another address, or has the address and another UUID.
        for other in [remote("ssh://b", 1), remote("ssh://a", 2)] {
            assert!(
                !note.allows(&other) && !note.is_only_for(&other),
                "{other:?}"
            );
        }
        assert_eq!(note.changed_from(&remote("ssh://a", 2)), Some(&a));
        assert_eq!(note.changed_from(&remote("ssh://b", 1)), None);
        assert_eq!(note.changed_from(&a), None);
    }

    #[test]
    fn what_does_not_say_allows_nobody() {
        for text in ["", "nonsense", "[]", "[{}]", "null"] {
            let note = noted(text);
            let host = remote("ssh://a", 1);
            assert!(!note.allows(&host) && !note.is_only_for(&host), "{text}");
        }
    }

    #[test]
    fn a_new_identity_takes_the_place_of_the_old_and_the_list_has_an_end() {
        let (a, b) = (remote("ssh://a", 1), remote("ssh://b", 1));
        let note = noted(&hosts_text(&[a, b.clone()]));
        let renewed = remote("ssh://a", 2);
        assert_eq!(note.hosts_with(&renewed), [b, renewed]);
        let many: Vec<_> = (0..40).map(|n| remote(&format!("ssh://{n}"), 1)).collect();
        let note = noted(&hosts_text(&many));
        let last = remote("ssh://last", 1);
        let hosts = note.hosts_with(&last);
        assert_eq!((hosts.len(), hosts.last()), (MAX_HOSTS, Some(&last)));
    }
}
