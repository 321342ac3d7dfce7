// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's errors, sorted.

use virt::error::ErrorNumber;

use crate::model::error::failure::{Failure, Reason};

impl From<libvirt_ext::Error> for Failure {
    fn from(error: libvirt_ext::Error) -> Self {
        Self::new(reason(&error), error.to_string())
    }
}

impl From<virt::error::Error> for Failure {
    fn from(error: virt::error::Error) -> Self {
        libvirt_ext::Error::from(error).into()
    }
}

fn reason(error: &libvirt_ext::Error) -> Reason {
    // What comes over the wire may be both; that the connection is gone counts first.
    if error.is_connection_lost() {
        return Reason::ConnectionLost;
    }
    if error.is_auth() {
        return Reason::NotAllowed;
    }
    if error.is_unsupported() {
        return Reason::Unsupported;
    }
    match error.number() {
        Some(ErrorNumber::NoDomain) => Reason::NoGuest,
        Some(ErrorNumber::NoStoragePool) => Reason::NoPool,
        Some(ErrorNumber::NoStorageVolume) => Reason::NoVolume,
        Some(ErrorNumber::NoNetwork) => Reason::NoNetwork,
        Some(ErrorNumber::NoSecret) => Reason::NoSecret,
        Some(ErrorNumber::InvalidArg) => Reason::InvalidArgument,
        Some(ErrorNumber::SystemError) => Reason::System,
        _ => Reason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::doing;
    use crate::model::error::Error;

    #[test]
    fn what_is_absent_is_told_from_what_failed() {
        let of = |code: i32, domain: i32| {
            Failure::from(libvirt_ext::Error::Libvirt {
                code,
                domain,
                message: "words".into(),
            })
        };
        // VIR_ERR_NO_DOMAIN, VIR_ERR_NO_STORAGE_VOL, VIR_ERR_NO_SECRET of their drivers.
        assert_eq!(of(42, 10).reason(), Reason::NoGuest);
        assert_eq!(of(50, 18).reason(), Reason::NoVolume);
        assert_eq!(of(66, 30).reason(), Reason::NoSecret);
        // VIR_ERR_SYSTEM_ERROR: of a driver, and of the wire (VIR_FROM_RPC).
        assert_eq!(of(38, 10).reason(), Reason::System);
        assert_eq!(of(38, 7).reason(), Reason::ConnectionLost);
        assert_eq!(of(38, 10).to_string(), "Words");
    }

    #[test]
    fn a_start_that_fails_says_the_cause_and_a_next_step_whatever_libvirt_says() {
        for message in [
            "internal error: Child process (/usr/bin/qemu-img info /x) unexpected exit status 1: x",
            "internal error: process exited while connecting to monitor",
            "Das ging schief",
            "",
        ] {
            for doing in [
                doing::START.named("web"),
                doing::MAKE_DISK.into(),
                doing::DEFINE.named("web"),
            ] {
                let failure = Failure::from(libvirt_ext::Error::Libvirt {
                    code: 1,
                    domain: 10,
                    message: message.into(),
                });
                let error = Error::libvirt("qemu:///system", &doing, failure);
                let next = error.next();
                for step in [next.window, next.command] {
                    assert!(step.is_some_and(|step| step.to_string().len() > 20));
                }
                let text = error.to_string();
                assert!(!text.contains("/usr/bin/"), "{text}");
                assert!(!text.contains("nternal error"), "{text}");
                assert!(text.len() > format!("Could not {doing}: ").len(), "{text}");
            }
        }
    }
}
