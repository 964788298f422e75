//! The machine that a figure was measured on: what a row of a benchmark stores of it.

use serde::{Deserialize, Serialize};

use crate::roof::last_level_bytes;
use crate::tree::{Tree, number};

/// Instructions whose presence changes how fast models run, as `/proc/cpuinfo` names them.
const INSTRUCTIONS: [&str; 17] = [
    "sse2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx_vnni",
    "avx512f",
    "avx512bw",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "asimd",
    "asimdhp",
    "asimddp",
    "bf16",
    "sve",
];

/// What does not change while a benchmark runs. What the system does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Name of the processor.
    pub cpu_model: Option<String>,
    /// Those of its instructions that matter to models.
    pub instructions: Vec<String>,
    /// CPUs that the system has.
    pub cpus: usize,
    /// CPUs that this process may use.
    pub usable_cpus: usize,
    /// All last-level caches in bytes.
    pub cache_bytes: Option<u64>,
    /// Governors of the CPUs' clocks, each once.
    pub governors: Vec<String>,
    /// Whether a hypervisor runs the machine.
    pub is_virtual: Option<bool>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// When the system gives huge pages: `always`, `madvise` or `never`.
    pub huge_pages: Option<String>,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// Version of the kernel.
    pub kernel: Option<String>,
}

impl Environment {
    /// What a tree tells of its machine.
    pub fn read(tree: &dyn Tree) -> Self {
        let cpuinfo = tree.read("proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
            lines.find_map(|(key, value)| (key.trim() == name).then(|| value.trim()))
        };
        // Arm's kernels call them features.
        let flags = field("flags").or_else(|| field("Features"));
        let flags: Vec<_> = flags.unwrap_or_default().split_whitespace().collect();
        let has = |name: &&str| flags.contains(name);
        Self {
            cpu_model: field("model name").map(str::to_owned),
            instructions: INSTRUCTIONS
                .into_iter()
                .filter(has)
                .map(str::to_owned)
                .collect(),
            cpus: cpuinfo
                .lines()
                .filter(|line| line.starts_with("processor"))
                .count(),
            usable_cpus: std::thread::available_parallelism().map_or(1, usize::from),
            cache_bytes: last_level_bytes(tree),
            governors: governors(tree),
            is_virtual: (!flags.is_empty()).then(|| has(&"hypervisor")),
            memory_bytes: memory_bytes(tree, "MemTotal"),
            huge_pages: tree
                .read("sys/kernel/mm/transparent_hugepage/enabled")
                .ok()
                .and_then(|modes| Some(modes.split_once('[')?.1.split_once(']')?.0.to_owned())),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            kernel: tree.read("proc/sys/kernel/osrelease").ok(),
        }
    }
}

/// A field of `proc_meminfo(5)`, in bytes.
pub fn memory_bytes(tree: &dyn Tree, field: &str) -> Option<u64> {
    let text = tree.read("proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn governors(tree: &dyn Tree) -> Vec<String> {
    const FOLDER: &str = "sys/devices/system/cpu/cpufreq";
    let policies = tree.list(FOLDER).unwrap_or_default().into_iter();
    let mut governors: Vec<String> = policies
        .filter_map(|policy| number(tree, &format!("{FOLDER}/{policy}/scaling_governor")))
        .collect();
    governors.sort();
    governors.dedup();
    governors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::FakeTree;

    #[test]
    fn a_machine_is_told_by_its_files() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse2 avx2 hypervisor avx512f\n\n\
                       processor\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse2\n";
        let tree = FakeTree::of([
            ("proc/cpuinfo", cpuinfo),
            ("proc/meminfo", "MemTotal:       24 kB\nMemFree:  5 kB"),
            ("proc/sys/kernel/osrelease", "6.18.44"),
            (
                "sys/kernel/mm/transparent_hugepage/enabled",
                "always [madvise] never",
            ),
            (
                "sys/devices/system/cpu/cpufreq/policy0/scaling_governor",
                "performance",
            ),
            (
                "sys/devices/system/cpu/cpufreq/policy1/scaling_governor",
                "performance",
            ),
        ]);
        let found = Environment::read(&tree);
        assert_eq!(found.cpu_model.as_deref(), Some("AMD EPYC"));
        assert_eq!(found.instructions, ["sse2", "avx2", "avx512f"]);
        assert_eq!((found.cpus, found.is_virtual), (2, Some(true)));
        assert_eq!(found.governors, ["performance"]);
        assert_eq!(found.memory_bytes, Some(24 * 1024));
        assert_eq!(found.huge_pages.as_deref(), Some("madvise"));
        assert_eq!(found.kernel.as_deref(), Some("6.18.44"));
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Environment>(&json).unwrap(), found);
    }

    #[test]
    fn what_is_not_told_is_absent() {
        let found = Environment::read(&FakeTree::default());
        assert_eq!((found.cpu_model, found.is_virtual), (None, None));
        assert_eq!((found.memory_bytes, found.kernel), (None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_is_told() {
        let found = Environment::read(&crate::tree::Rooted::system());
        assert!(found.cpus >= 1 && found.memory_bytes.is_some() && found.kernel.is_some());
    }
}
