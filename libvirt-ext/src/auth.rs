// SPDX-License-Identifier: GPL-3.0-or-later
//! Opening a connection, with questions to the person where the other side wants answers.
//!
//! Replaces the binding's `open_auth`, whose callback can hold nothing. It does not draw a
//! dialog and does not remember answers. ssh asks by itself, never through here.

use std::any::Any;
use std::ffi::{c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use virt::connect::Connect;
use virt_sys as sys;
use zeroize::Zeroizing;

use crate::error::{Error, code};
use crate::ffi;
use crate::memory::{LockedBuffer, ScrubFreed};

/// What is asked for (`virConnectCredentialType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// Who the person is.
    UserName,
    /// As whom to act.
    AuthName,
    /// A language, such as "en".
    Language,
    /// A nonce of the client.
    CNonce,
    /// A secret.
    Passphrase,
    /// An answer that may be shown.
    EchoPrompt,
    /// An answer that must not be shown.
    NoEchoPrompt,
    /// Where the person is known.
    Realm,
    /// Something that is dealt with outside; libvirt waits for it.
    External,
    /// A number that this crate does not know.
    Unknown(i32),
}

impl CredentialKind {
    const ASKED: [u32; 9] = [
        sys::VIR_CRED_USERNAME,
        sys::VIR_CRED_AUTHNAME,
        sys::VIR_CRED_LANGUAGE,
        sys::VIR_CRED_CNONCE,
        sys::VIR_CRED_PASSPHRASE,
        sys::VIR_CRED_ECHOPROMPT,
        sys::VIR_CRED_NOECHOPROMPT,
        sys::VIR_CRED_REALM,
        sys::VIR_CRED_EXTERNAL,
    ];

    fn from_raw(raw: c_int) -> Self {
        match u32::try_from(raw).unwrap_or(0) {
            sys::VIR_CRED_USERNAME => Self::UserName,
            sys::VIR_CRED_AUTHNAME => Self::AuthName,
            sys::VIR_CRED_LANGUAGE => Self::Language,
            sys::VIR_CRED_CNONCE => Self::CNonce,
            sys::VIR_CRED_PASSPHRASE => Self::Passphrase,
            sys::VIR_CRED_ECHOPROMPT => Self::EchoPrompt,
            sys::VIR_CRED_NOECHOPROMPT => Self::NoEchoPrompt,
            sys::VIR_CRED_REALM => Self::Realm,
            sys::VIR_CRED_EXTERNAL => Self::External,
            _ => Self::Unknown(raw),
        }
    }

    /// The answer must not be shown while it is typed, nor kept.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Passphrase | Self::NoEchoPrompt)
    }
}

/// One question (`virConnectCredential`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRequest {
    /// What is asked for.
    pub kind: CredentialKind,
    /// The question in the other side's words.
    pub prompt: Option<String>,
    /// A challenge that belongs to it.
    pub challenge: Option<String>,
    /// The answer if the person gives none.
    pub default: Option<String>,
}

/// One answer.
#[derive(Debug)]
pub enum CredentialAnswer {
    /// An open text.
    Text(String),
    /// A secret.
    Secret(LockedBuffer),
    /// The question's own default; an empty answer if it has none.
    Default,
}

/// The one who asks the person: all questions of one round at once. `None` calls it off; else
/// an answer for each question, in their order.
pub type Ask<'a> = dyn FnMut(&[CredentialRequest]) -> Option<Vec<CredentialAnswer>> + 'a;

/// Opens a connection (`virConnectOpenAuth`). `uri` `None` lets libvirt choose.
///
/// `ask` runs on the calling thread, as often as the other side wants, while this call waits.
/// While it runs, freed memory is scrubbed ([`ScrubFreed`]), for libvirt copies the answers.
///
/// # Errors
///
/// The other side cannot be reached or refuses; [`Error::SignInCancelled`] if `ask` gave `None`.
///
/// # Panics
///
/// Passes a panic of `ask` on.
pub fn open(uri: Option<&str>, read_only: bool, ask: &mut Ask<'_>) -> Result<Connect, Error> {
    crate::initialize()?;
    let uri = uri
        .map(|uri| ffi::c_string(uri, "address of the connection"))
        .transpose()?;
    let uri = uri.as_ref().map_or(std::ptr::null(), |uri| uri.as_ptr());
    let mut kinds = CredentialKind::ASKED.map(code);
    let mut asker = Asker {
        ask,
        failure: None,
        panic: None,
    };
    let mut auth = sys::virConnectAuth {
        credtype: kinds.as_mut_ptr(),
        ncredtype: c_uint::try_from(kinds.len()).unwrap_or(0),
        cb: Some(answer),
        cbdata: (&raw mut asker).cast(),
    };
    let flags = if read_only { sys::VIR_CONNECT_RO } else { 0 };
    let scrub = ScrubFreed::new();
    // SAFETY: all that `auth` points to lives until the call returns, and libvirt uses it only
    // until then, on this thread.
    let conn = unsafe { sys::virConnectOpenAuth(uri, &raw mut auth, flags) };
    let error = conn.is_null().then(Error::last);
    drop(scrub);
    if let Some(panic) = asker.panic {
        if !conn.is_null() {
            // SAFETY: the reference is ours.
            unsafe { sys::virConnectClose(conn) };
        }
        resume_unwind(panic);
    }
    match error {
        // SAFETY: the call gave us a reference.
        None => Ok(unsafe { Connect::from_ptr(conn) }),
        Some(error) => Err(asker.failure.unwrap_or(error)),
    }
}

struct Asker<'a, 'b> {
    ask: &'a mut Ask<'b>,
    /// Why no answers were given, where that was on this side.
    failure: Option<Error>,
    panic: Option<Box<dyn Any + Send>>,
}

/// libvirt's callback: 0 when all answers are filled in, -1 otherwise.
unsafe extern "C" fn answer(
    creds: sys::virConnectCredentialPtr,
    count: c_uint,
    data: *mut c_void,
) -> c_int {
    // SAFETY: `data` is the asker that `open` holds on its stack while it waits.
    let Some(asker) = (unsafe { data.cast::<Asker<'_, '_>>().as_mut() }) else {
        return -1;
    };
    let count = usize::try_from(count).unwrap_or(0);
    if creds.is_null() || count == 0 {
        return 0;
    }
    // SAFETY: libvirt gives `count` credentials, which nobody else touches meanwhile.
    let creds = unsafe { std::slice::from_raw_parts_mut(creds, count) };
    // SAFETY: texts are NULL or C strings.
    let result = catch_unwind(AssertUnwindSafe(|| unsafe { asker.fill(creds) }));
    match result {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            asker.failure = Some(error);
            -1
        }
        Err(panic) => {
            asker.panic = Some(panic);
            -1
        }
    }
}

impl Asker<'_, '_> {
    /// # Safety
    ///
    /// The texts of `creds` are NULL or C strings.
    unsafe fn fill(&mut self, creds: &mut [sys::virConnectCredential]) -> Result<(), Error> {
        let requests: Vec<_> = creds
            .iter()
            // SAFETY: as the caller vouches.
            .map(|cred| unsafe {
                CredentialRequest {
                    kind: CredentialKind::from_raw(cred.type_),
                    prompt: ffi::copy(cred.prompt),
                    challenge: ffi::copy(cred.challenge),
                    default: ffi::copy(cred.defresult),
                }
            })
            .collect();
        let answers = (self.ask)(&requests).ok_or(Error::SignInCancelled)?;
        if answers.len() != requests.len() {
            return Err(Error::AnswerCount {
                questions: requests.len(),
                answers: answers.len(),
            });
        }
        let mut copies = Vec::with_capacity(answers.len());
        for (answer, request) in answers.into_iter().zip(&requests) {
            copies.push(match answer {
                CredentialAnswer::Text(text) => CText::new(Zeroizing::new(text).as_bytes())?,
                CredentialAnswer::Secret(secret) => CText::new(secret.as_slice())?,
                CredentialAnswer::Default => {
                    CText::new(request.default.as_deref().unwrap_or_default().as_bytes())?
                }
            });
        }
        // Nothing is handed over before all is ready: libvirt frees what it was handed only
        // after a success.
        for (cred, copy) in creds.iter_mut().zip(copies) {
            cred.resultlen = c_uint::try_from(copy.len).unwrap_or(0);
            cred.result = copy.into_raw();
        }
        Ok(())
    }
}

/// A text allocated by malloc, as libvirt wants it; wiped if it does not get there.
struct CText {
    text: *mut u8,
    len: usize,
}

impl CText {
    fn new(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.contains(&0) {
            return Err(Error::ZeroByte { what: "answer" });
        }
        // SAFETY: any size may be asked for; the result is checked.
        let text = unsafe { libc::malloc(bytes.len() + 1) }.cast::<u8>();
        if text.is_null() {
            return Err(Error::Memory {
                source: std::io::Error::from_raw_os_error(libc::ENOMEM).into(),
            });
        }
        // SAFETY: the new allocation has room for the bytes and the zero, and overlaps nothing.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), text, bytes.len());
            text.add(bytes.len()).write(0);
        }
        Ok(Self {
            text,
            len: bytes.len(),
        })
    }

    fn into_raw(self) -> *mut std::ffi::c_char {
        let text = self.text;
        std::mem::forget(self);
        text.cast()
    }
}

impl Drop for CText {
    fn drop(&mut self) {
        // SAFETY: the allocation is ours and has `len` bytes and a zero.
        unsafe {
            zeroize::Zeroize::zeroize(std::slice::from_raw_parts_mut(self.text, self.len));
            libc::free(self.text.cast());
        }
    }
}
