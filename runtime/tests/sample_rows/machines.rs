//! The machines that made-up rows come from.

use std::collections::BTreeMap;

use metrics::Environment;

/// A processor of a rented machine, without counters of energy.
pub(crate) fn rented() -> Environment {
    Environment {
        cpu_model: Some("AMD EPYC 9B14".to_owned()),
        instructions: ["sse2", "avx2", "fma", "avx512f"].map(str::to_owned).into(),
        cpus: 2,
        usable_cpus: 2,
        cache_bytes: Some(32 << 20),
        governors: Vec::new(),
        is_virtual: Some(true),
        memory_bytes: Some(24 << 30),
        huge_pages: Some("madvise".to_owned()),
        system: "linux x86_64".to_owned(),
        kernel: Some("6.18.44".to_owned()),
    }
}

/// A workstation with a graphics card.
pub(crate) fn workstation() -> Environment {
    Environment {
        cpu_model: Some("Intel Core i9-14900K".to_owned()),
        cpus: 32,
        usable_cpus: 32,
        governors: vec!["performance".to_owned()],
        is_virtual: Some(false),
        memory_bytes: Some(64 << 30),
        ..rented()
    }
}

/// The machines of the sample by fingerprint.
pub(crate) fn machines() -> BTreeMap<String, Environment> {
    BTreeMap::from([
        ("1c0ffee1c0ffee11".repeat(4), rented()),
        ("decade5decade555".repeat(4), workstation()),
    ])
}
