//! Which provider took which node, read through ONNX Runtime's C interface.
//!
//! `Session_GetEpGraphAssignmentInfo` (API 24) is the one source that can prove placement: the profiler loses names after
//! fusion and shows a compiled subgraph as one node. `ort` does not wrap it yet.
#![allow(
    unsafe_code,
    reason = "ort has no safe wrapper for the node assignment functions"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr;

use ort::AsPointer;
use ort::session::Session;

use crate::engine::ProviderShare;
use crate::error::Error;

/// Nodes by provider, the given provider first. The session must have been created with the record switched on.
pub(super) fn read(session: &Session, provider: &str) -> Result<Vec<ProviderShare>, Error> {
    let api = ort::api();
    let mut by_provider: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    // SAFETY: the session outlives the call; every array and string belongs to the session, is only read while it is
    // borrowed here and is copied before the function returns; lengths come from the library together with the arrays.
    unsafe {
        let mut subgraphs = ptr::null();
        let mut subgraph_count = 0;
        check((api.Session_GetEpGraphAssignmentInfo)(
            session.ptr(),
            &raw mut subgraphs,
            &raw mut subgraph_count,
        ))?;
        for index in 0..subgraph_count {
            let subgraph = *subgraphs.add(index);
            let mut name = ptr::null();
            check((api.EpAssignedSubgraph_GetEpName)(subgraph, &raw mut name))?;
            let taken = by_provider.entry(text(name)).or_default();
            let mut nodes = ptr::null();
            let mut node_count = 0;
            check((api.EpAssignedSubgraph_GetNodes)(
                subgraph,
                &raw mut nodes,
                &raw mut node_count,
            ))?;
            for node in 0..node_count {
                let (mut name, mut operator) = (ptr::null(), ptr::null());
                let node = *nodes.add(node);
                check((api.EpAssignedNode_GetName)(node, &raw mut name))?;
                check((api.EpAssignedNode_GetOperatorType)(
                    node,
                    &raw mut operator,
                ))?;
                taken.push((text(name), text(operator)));
            }
        }
    }
    let mut shares: Vec<_> = by_provider
        .into_iter()
        .map(|(name, taken)| {
            let mut operators: BTreeMap<String, usize> = BTreeMap::new();
            for (_, operator) in &taken {
                *operators.entry(operator.clone()).or_default() += 1;
            }
            let is_own = name == provider;
            let share = ProviderShare::new(name, operators);
            if is_own { share } else { share.named(taken) }
        })
        .collect();
    shares.sort_by_key(|share| share.provider != provider);
    Ok(shares)
}

/// # Safety
/// `status` comes from a function of the loaded library and has not been released.
unsafe fn check(status: ort::sys::OrtStatusPtr) -> Result<(), Error> {
    // SAFETY: by the contract above; a non-null status is released by the error that takes it.
    unsafe { ort::Error::<()>::result_from_status(status) }
        .map_err(Error::engine("read the node assignment"))
}

/// # Safety
/// `text` is null or a NUL-terminated string that lives as long as the call.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the contract above.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}
