//! Pins this process to CPUs, before ONNX Runtime makes threads in it.

use std::sync::{Mutex, PoisonError};

use crate::catalog::Platform;
use crate::engine::settings::SettingError;

/// The CPUs that this process has been pinned to, in ascending order.
static PINNED: Mutex<Option<Vec<usize>>> = Mutex::new(None);

/// Pins all threads of this process, and those to come, to these CPUs; gives what it is pinned to then, in ascending order.
/// Without CPUs nothing changes.
///
/// # Errors
/// [`SettingError::NoCpu`], [`SettingError::Pinned`] where it is pinned otherwise, [`SettingError::Pin`] by the system,
/// [`SettingError::Unsupported`] on systems other than Linux.
pub(super) fn pin(platform: Platform, wanted: &[usize]) -> Result<Vec<usize>, SettingError> {
    let mut pinned = PINNED.lock().unwrap_or_else(PoisonError::into_inner);
    if wanted.is_empty() {
        return Ok(pinned.clone().unwrap_or_default());
    }
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    match pinned.as_ref() {
        Some(pinned) if *pinned == wanted => {}
        Some(pinned) => {
            return Err(SettingError::Pinned {
                pinned: pinned.clone(),
                wanted,
            });
        }
        None => {
            pin_all(platform, &wanted)?;
            *pinned = Some(wanted.clone());
        }
    }
    Ok(wanted)
}

/// The CPU of each thread of a pool beside the caller's own, as ONNX Runtime takes them: counted from 1, with semicolons
/// between threads (`session.intra_op_thread_affinities` in `onnxruntime_session_options_config_keys.h`). The caller's
/// thread stays free to run on any of them.
pub(super) fn of_pool(threads: usize, cpus: &[usize]) -> String {
    let others = cpus.iter().cycle().skip(1).take(threads.saturating_sub(1));
    let numbers: Vec<_> = others.map(|cpu| (cpu + 1).to_string()).collect();
    numbers.join(";")
}

#[cfg(target_os = "linux")]
fn pin_all(_platform: Platform, wanted: &[usize]) -> Result<(), SettingError> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let failed = |source: std::io::Error| SettingError::Pin {
        wanted: wanted.to_vec(),
        source,
    };
    let allowed = sched_getaffinity(None).map_err(|error| failed(error.into()))?;
    let present: Vec<_> = (0..CpuSet::MAX_CPU)
        .filter(|cpu| allowed.is_set(*cpu))
        .collect();
    let missing: Vec<_> = wanted
        .iter()
        .copied()
        .filter(|cpu| !present.contains(cpu))
        .collect();
    if !missing.is_empty() {
        return Err(SettingError::NoCpu { missing, present });
    }
    let set = set_of(wanted);
    // The calling thread first: whatever it starts from here on inherits this.
    sched_setaffinity(None, &set).map_err(|error| failed(error.into()))?;
    gather(wanted).map_err(failed)
}

/// Pins the threads of this process that are free to run elsewhere: libraries that make threads of their own may pin them.
#[cfg(target_os = "linux")]
fn gather(pinned: &[usize]) -> std::io::Result<()> {
    use rustix::io::Errno;
    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let set = set_of(pinned);
    for task in std::fs::read_dir("/proc/self/task")? {
        let name = task?.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok());
        let id = number.and_then(Pid::from_raw);
        let allowed = sched_getaffinity(id);
        let is_free = |allowed: CpuSet| {
            (0..CpuSet::MAX_CPU).any(|cpu| allowed.is_set(cpu) && !set.is_set(cpu))
        };
        if allowed.is_ok_and(|allowed| !is_free(allowed)) {
            continue;
        }
        match sched_setaffinity(id, &set) {
            // A thread that has ended in the meantime needs no CPU.
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn set_of(cpus: &[usize]) -> rustix::thread::CpuSet {
    let mut set = rustix::thread::CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    set
}

/// Pins the threads that have come since and run elsewhere.
///
/// # Errors
/// [`SettingError::Pin`].
#[cfg(target_os = "linux")]
pub(super) fn pin_new(pinned: &[usize]) -> Result<(), SettingError> {
    if pinned.is_empty() {
        return Ok(());
    }
    gather(pinned).map_err(|source| SettingError::Pin {
        wanted: pinned.to_vec(),
        source,
    })
}

/// Nothing is pinned here.
#[cfg(not(target_os = "linux"))]
pub(super) const fn pin_new(_pinned: &[usize]) -> Result<(), SettingError> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn pin_all(platform: Platform, wanted: &[usize]) -> Result<(), SettingError> {
    let wanted: Vec<_> = wanted.iter().map(usize::to_string).collect();
    Err(SettingError::Unsupported {
        platform,
        setting: "affinity",
        value: wanted.join(","),
        reason: "only Linux pins a process; leave it out",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_beside_the_callers_has_a_cpu_of_its_own() {
        assert_eq!(of_pool(1, &[0, 1]), "");
        assert_eq!(of_pool(3, &[0, 2, 5]), "3;6");
        assert_eq!(of_pool(4, &[1, 2]), "3;2;3");
    }

    #[test]
    fn nothing_is_pinned_where_nothing_is_wanted() {
        assert_eq!(pin(Platform::Cpu, &[]).unwrap(), [] as [usize; 0]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn cpus_that_are_not_there_are_refused_with_those_that_are() {
        let refused = pin(Platform::Cpu, &[0, 4000]).unwrap_err().to_string();
        let told = refused.strip_prefix("this process has no CPU 4000; it has: ");
        assert!(told.is_some_and(|cpus| !cpus.is_empty()), "{refused}");
    }
}
