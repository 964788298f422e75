//! How large the last-level caches of this machine are together.

use crate::tree::Tree;

const CPUS: &str = "sys/devices/system/cpu";

/// Bytes of all last-level caches; `None` if the system does not tell. A cache that several CPUs share counts once.
pub fn last_level_bytes(tree: &dyn Tree) -> Option<u64> {
    let is_cpu = |name: &str| {
        name.strip_prefix("cpu")
            .is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let mut caches: Vec<Cache> = Vec::new();
    for cpu in tree.list(CPUS).ok()?.iter().filter(|name| is_cpu(name)) {
        let folder = format!("{CPUS}/{cpu}/cache");
        for index in tree.list(&folder).unwrap_or_default() {
            let read = |name: &str| tree.read(&format!("{folder}/{index}/{name}")).ok();
            let cache = || {
                Some(Cache {
                    level: read("level")?.parse().ok()?,
                    cpus: read("shared_cpu_list")?,
                    bytes: bytes(&read("size")?)?,
                })
            };
            caches.extend(cache());
        }
    }
    let last = caches.iter().map(|cache| cache.level).max()?;
    caches.retain(|cache| cache.level == last);
    caches.sort_by(|a, b| a.cpus.cmp(&b.cpus));
    caches.dedup_by(|a, b| a.cpus == b.cpus);
    Some(caches.iter().map(|cache| cache.bytes).sum())
}

struct Cache {
    level: u32,
    cpus: String,
    bytes: u64,
}

/// A size like `32768K` or `8M`.
fn bytes(size: &str) -> Option<u64> {
    let (number, unit) = match size.strip_suffix('K') {
        Some(number) => (number, 1 << 10),
        None => (size.strip_suffix('M')?, 1 << 20),
    };
    Some(number.parse::<u64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::FakeTree;

    #[test]
    fn shared_caches_of_the_last_level_count_once() {
        let tree = FakeTree::default();
        for (cpu, index, level, size, shared) in [
            (0, 0, 1, "48K", "0"),
            (0, 3, 3, "32768K", "0-1"),
            (1, 0, 1, "48K", "1"),
            (1, 3, 3, "32768K", "0-1"),
            (2, 3, 3, "16M", "2"),
        ] {
            let folder = format!("{CPUS}/cpu{cpu}/cache/index{index}");
            tree.set(format!("{folder}/level"), level);
            tree.set(format!("{folder}/size"), size);
            tree.set(format!("{folder}/shared_cpu_list"), shared);
        }
        tree.set(format!("{CPUS}/cpufreq/boost"), 1);
        assert_eq!(last_level_bytes(&tree), Some(48 << 20));
        assert_eq!(last_level_bytes(&FakeTree::default()), None);
    }
}
