// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's typed parameters, read into owned values and written from them.
//!
//! A parameter of a type that this crate does not know is left out; nothing here panics. It
//! owns the conversion only: which names a call takes is the caller's business.

use std::ffi::{c_char, c_int};
use std::fmt;

use virt_sys as sys;

use crate::error::Error;
use crate::ffi;

/// The value of a typed parameter (`virTypedParameterType`).
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// A signed number of 32 bits.
    Int(i32),
    /// An unsigned number of 32 bits.
    UInt(u32),
    /// A signed number of 64 bits.
    LLong(i64),
    /// An unsigned number of 64 bits.
    ULLong(u64),
    /// A number with a fraction.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Str(String),
}

impl ParamValue {
    /// The value as an unsigned number, if it is a whole number and not below zero.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(v) => u64::try_from(*v).ok(),
            Self::UInt(v) => Some(u64::from(*v)),
            Self::LLong(v) => u64::try_from(*v).ok(),
            Self::ULLong(v) => Some(*v),
            Self::Double(_) | Self::Bool(_) | Self::Str(_) => None,
        }
    }

    /// The value as a signed number, if it is a whole number that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(v) => Some(i64::from(*v)),
            Self::UInt(v) => Some(i64::from(*v)),
            Self::LLong(v) => Some(*v),
            Self::ULLong(v) => i64::try_from(*v).ok(),
            Self::Double(_) | Self::Bool(_) | Self::Str(_) => None,
        }
    }

    /// The value as a text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(v) => Some(v),
            _ => None,
        }
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(v) => v.fmt(f),
            Self::UInt(v) => v.fmt(f),
            Self::LLong(v) => v.fmt(f),
            Self::ULLong(v) => v.fmt(f),
            Self::Double(v) => v.fmt(f),
            Self::Bool(v) => v.fmt(f),
            Self::Str(v) => v.fmt(f),
        }
    }
}

/// Copies an array of typed parameters. Those of unknown type are left out.
///
/// # Safety
///
/// `params` is NULL or points to `count` initialised parameters from libvirt.
pub(crate) unsafe fn read(
    params: *const sys::virTypedParameter,
    count: c_int,
) -> Vec<(String, ParamValue)> {
    let count = usize::try_from(count).unwrap_or(0);
    if params.is_null() || count == 0 {
        return Vec::new();
    }
    // SAFETY: not NULL, and the caller vouches for the count.
    let params = unsafe { std::slice::from_raw_parts(params, count) };
    params
        .iter()
        .filter_map(|param| {
            // SAFETY: the parameter is from libvirt, so its type says which field is set.
            unsafe { value(param) }.map(|value| (name(param), value))
        })
        .collect()
}

/// The name of a parameter; one without a zero at its end is read to the end of its field.
fn name(param: &sys::virTypedParameter) -> String {
    let bytes: Vec<u8> = param
        .field
        .iter()
        .map(|c| c.to_ne_bytes()[0])
        .take_while(|byte| *byte != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// # Safety
///
/// The parameter's type says which field of its value is set.
unsafe fn value(param: &sys::virTypedParameter) -> Option<ParamValue> {
    let kind = sys::virTypedParameterType::try_from(param.type_).ok()?;
    // SAFETY: the type says which field is set; a string is NULL or ends with a zero.
    unsafe {
        Some(match kind {
            sys::VIR_TYPED_PARAM_INT => ParamValue::Int(param.value.i),
            sys::VIR_TYPED_PARAM_UINT => ParamValue::UInt(param.value.ui),
            sys::VIR_TYPED_PARAM_LLONG => ParamValue::LLong(param.value.l),
            sys::VIR_TYPED_PARAM_ULLONG => ParamValue::ULLong(param.value.ul),
            sys::VIR_TYPED_PARAM_DOUBLE => ParamValue::Double(param.value.d),
            sys::VIR_TYPED_PARAM_BOOLEAN => ParamValue::Bool(param.value.b != 0),
            sys::VIR_TYPED_PARAM_STRING => {
                ParamValue::Str(ffi::copy(param.value.s).unwrap_or_default())
            }
            _ => return None,
        })
    }
}

/// A list of parameters for a call, built and freed by libvirt's own functions
/// (`virTypedParamsAdd*`, `virTypedParamsFree`).
#[derive(Debug)]
pub(crate) struct ParamList {
    params: sys::virTypedParameterPtr,
    count: c_int,
    room: c_int,
}

impl ParamList {
    /// A list of one parameter.
    pub(crate) fn single(name: &str, value: &ParamValue) -> Result<Self, Error> {
        let mut list = Self {
            params: std::ptr::null_mut(),
            count: 0,
            room: 0,
        };
        list.push(name, value)?;
        Ok(list)
    }

    /// Adds a parameter.
    pub(crate) fn push(&mut self, name: &str, value: &ParamValue) -> Result<(), Error> {
        let name = ffi::c_string(name, "name of a setting")?;
        let name: *const c_char = name.as_ptr();
        let text = match value {
            ParamValue::Str(text) => Some(ffi::c_string(text, "value of a setting")?),
            _ => None,
        };
        let (list, count, room) = (
            &raw mut self.params,
            &raw mut self.count,
            &raw mut self.room,
        );
        // SAFETY: the three pointers describe a list that only these functions change; name and
        // text live until the call has copied them.
        ffi::check(unsafe {
            match value {
                ParamValue::Int(v) => sys::virTypedParamsAddInt(list, count, room, name, *v),
                ParamValue::UInt(v) => sys::virTypedParamsAddUInt(list, count, room, name, *v),
                ParamValue::LLong(v) => sys::virTypedParamsAddLLong(list, count, room, name, *v),
                ParamValue::ULLong(v) => sys::virTypedParamsAddULLong(list, count, room, name, *v),
                ParamValue::Double(v) => sys::virTypedParamsAddDouble(list, count, room, name, *v),
                ParamValue::Bool(v) => {
                    sys::virTypedParamsAddBoolean(list, count, room, name, c_int::from(*v))
                }
                ParamValue::Str(_) => {
                    let text = text.as_ref().map_or(std::ptr::null(), |t| t.as_ptr());
                    sys::virTypedParamsAddString(list, count, room, name, text)
                }
            }
        })?;
        Ok(())
    }

    /// The array for a call, and how many there are.
    pub(crate) fn as_raw(&mut self) -> (sys::virTypedParameterPtr, c_int) {
        (self.params, self.count)
    }
}

impl Drop for ParamList {
    fn drop(&mut self) {
        // SAFETY: the list is from virTypedParamsAdd*, or NULL with a count of 0.
        unsafe { sys::virTypedParamsFree(self.params, self.count) };
    }
}

/// The most settings that one call may have. libvirt's own protocol has 16 of each kind.
const MAX_PARAMS: usize = 1024;

/// An array for a call that fills in what the caller made room for; texts in it are freed.
pub(crate) struct ParamRoom(Vec<sys::virTypedParameter>);

impl ParamRoom {
    /// Room for `count` parameters. The count is the daemon's word, which libvirt's library passes
    /// on unchecked: it must not decide how much memory is asked for.
    pub(crate) fn new(count: c_int) -> Result<Self, Error> {
        let room = usize::try_from(count)
            .ok()
            .filter(|room| *room <= MAX_PARAMS)
            .ok_or(Error::ParameterCount { count })?;
        let empty = sys::virTypedParameter {
            field: [0; 80],
            type_: 0,
            value: sys::_virTypedParameterValue { ul: 0 },
        };
        Ok(Self(vec![empty; room]))
    }

    /// The array for libvirt to fill.
    pub(crate) fn as_mut_ptr(&mut self) -> sys::virTypedParameterPtr {
        self.0.as_mut_ptr()
    }

    /// What libvirt filled in: the first `count`, at most all.
    pub(crate) fn values(&self, count: c_int) -> Vec<(String, ParamValue)> {
        let room = c_int::try_from(self.0.len()).unwrap_or(c_int::MAX);
        // SAFETY: the array has that many, all initialised (type 0 is unknown, and left out).
        unsafe { read(self.0.as_ptr(), count.min(room)) }
    }
}

impl Drop for ParamRoom {
    fn drop(&mut self) {
        let count = c_int::try_from(self.0.len()).unwrap_or(c_int::MAX);
        // SAFETY: frees the texts that libvirt allocated; type 0 is left alone.
        unsafe { sys::virTypedParamsClear(self.0.as_mut_ptr(), count) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::code;

    #[test]
    fn every_type_survives_the_way_through_c() {
        crate::initialize().unwrap();
        let all = [
            ("int", ParamValue::Int(-7)),
            ("uint", ParamValue::UInt(7)),
            ("llong", ParamValue::LLong(i64::MIN)),
            ("ullong", ParamValue::ULLong(u64::MAX)),
            ("double", ParamValue::Double(0.25)),
            ("bool", ParamValue::Bool(true)),
            ("text", ParamValue::Str("пароль ß".into())),
        ];
        let mut list = ParamList::single(all[0].0, &all[0].1).unwrap();
        for (name, value) in &all[1..] {
            list.push(name, value).unwrap();
        }
        let (params, count) = list.as_raw();
        // SAFETY: the list is libvirt's own.
        let back = unsafe { read(params, count) };
        let wanted: Vec<_> = all
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect();
        assert_eq!(back, wanted);
    }

    #[test]
    fn unknown_types_null_texts_and_bad_counts_do_no_harm() {
        let mut room = ParamRoom::new(3).unwrap();
        room.0[0].type_ = 4711;
        room.0[1].type_ = code(sys::VIR_TYPED_PARAM_STRING);
        room.0[1].value.s = std::ptr::null_mut();
        room.0[1].field = [c_char::from_ne_bytes([b'a']); 80];
        room.0[2].type_ = -1;
        let values = room.values(1000);
        assert_eq!(
            values,
            vec![("a".repeat(80), ParamValue::Str(String::new()))]
        );
        assert!(room.values(-3).is_empty());
        // SAFETY: NULL is allowed.
        assert!(unsafe { read(std::ptr::null(), 5) }.is_empty());
    }

    #[test]
    fn a_lying_count_asks_for_no_memory() {
        for count in [c_int::MAX, 1025, -1, c_int::MIN] {
            let refused = ParamRoom::new(count).err();
            assert!(
                matches!(refused, Some(Error::ParameterCount { count: told }) if told == count),
                "{count}: {refused:?}"
            );
        }
        assert!(ParamRoom::new(1024).is_ok() && ParamRoom::new(0).is_ok());
    }

    #[test]
    fn a_zero_byte_is_refused() {
        crate::initialize().unwrap();
        assert!(matches!(
            ParamList::single("a\0b", &ParamValue::Int(1)),
            Err(Error::ZeroByte { .. })
        ));
    }
}
