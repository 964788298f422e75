//! Settings change how fast graphs run, and nothing of what they give; each does what it says.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apart;
mod graphs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use runtime::Error;
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::engine::settings::{GraphOptimization, SettingError};
use runtime::engine::{self, Engine, Executable, Feed, OpenOptions, Settings};
use runtime::tensor::Tensor;

use self::graphs::{FLOAT, Graph};

fn main() -> ExitCode {
    apart::main("settings_do_what_they_say", |platform| {
        let folder = tempfile::tempdir().unwrap();
        let tried = Tried {
            platform,
            engine: engine::of_platform(platform, &Silent).unwrap(),
            folder: folder.path(),
        };
        tried.outputs_are_the_same_under_all();
        if platform == Platform::Cpu {
            tried.optimization_rewrites_as_far_as_it_may();
            tried.shapes_may_change_from_run_to_run();
            #[cfg(target_os = "linux")]
            {
                tried.an_arena_keeps_memory();
                tried.idle_threads_spin_or_sleep();
                tried.threads_are_as_many_as_asked_for();
            }
        }
    })
}

struct Tried<'a> {
    platform: Platform,
    engine: Box<dyn Engine>,
    folder: &'a Path,
}

impl Tried<'_> {
    fn try_open(&self, model: &Path, settings: Settings) -> Result<Box<dyn Executable>, Error> {
        let options = OpenOptions {
            settings,
            ..OpenOptions::default()
        };
        self.engine.open(model, &options)
    }

    fn open(&self, model: &Path, settings: Settings) -> Box<dyn Executable> {
        self.try_open(model, settings).unwrap()
    }

    /// A memory that every run adds to, and what it says of the run; the second axis is free where `width` is 0.
    fn memory(&self, width: u64) -> PathBuf {
        Graph::default()
            .input("past", FLOAT, &[2, width])
            .input("x", FLOAT, &[2, width])
            .output("said", FLOAT, &[2, width])
            .output("present", FLOAT, &[2, width])
            .node("Add", &["past", "x"], "sum")
            .node("Identity", &["sum"], "present")
            .node("Mul", &["present", "x"], "said")
            .write(self.folder)
    }

    fn outputs_are_the_same_under_all(&self) {
        let model = self.memory(3);
        let usual = Settings::default();
        let expected = told(self.open(&model, usual.clone()).as_mut());
        let mut all = vec![
            Settings::beside_others(),
            Settings {
                threads: 1,
                ..usual.clone()
            },
            Settings {
                threads: 2,
                ..usual.clone()
            },
            Settings {
                has_arena: false,
                ..usual.clone()
            },
            Settings {
                has_io_binding: true,
                ..usual.clone()
            },
        ];
        all.extend(GraphOptimization::ALL.map(|optimization| Settings {
            optimization,
            ..usual.clone()
        }));
        let has_page = self.platform == Platform::WebNn;
        for settings in all {
            let opened = self.try_open(&model, settings.clone());
            if has_page && (settings.threads > 1 || settings.has_io_binding) {
                let refused = opened.map(drop).unwrap_err();
                let is_typed = matches!(refused, Error::Setting(SettingError::Unsupported { .. }));
                assert!(is_typed && refused.is_bad_input(), "{refused}");
                continue;
            }
            let mut opened = opened.unwrap();
            let evidence = opened.execution().evidence();
            assert_eq!(evidence.settings(), settings.differing());
            for (name, value) in settings.differing() {
                let told = evidence.to_string();
                assert!(told.contains(&format!(", {name}={value}")), "{told}");
            }
            assert_eq!(told(opened.as_mut()), expected, "{settings:?}");
        }
    }

    /// What is kept and what is not, and shapes that grow and shrink, from the same bound memory.
    fn shapes_may_change_from_run_to_run(&self) {
        let model = self.memory(0);
        let bound = Settings {
            has_io_binding: true,
            ..Settings::default()
        };
        let mut plain = self.open(&model, Settings::default());
        let mut bound = self.open(&model, bound);
        let mut before: Vec<(Tensor, Tensor)> = Vec::new();
        for (turn, width) in [3, 3, 5, 0, 5, 3, 1].into_iter().enumerate() {
            let value = |row, column| (turn * 7 + row * 3 + column) as f32 - 8.0;
            let x = ndarray::Array2::from_shape_fn((2, width), |(row, column)| value(row, column));
            let x: Tensor = x.into();
            let feeds = [("past", Feed::Tensor(&x)), ("x", Feed::Tensor(&x))];
            for keep in [None, Some("present"), Some("said"), None] {
                let run = |graph: &mut dyn Executable| {
                    let outputs = graph.run(&feeds, &|name| Some(name) == keep).unwrap();
                    let names = outputs.held.iter().map(|(name, _)| name.clone());
                    (names.collect::<Vec<_>>(), outputs.tensors)
                };
                assert_eq!(run(bound.as_mut()), run(plain.as_mut()), "{width} {keep:?}");
            }
            // What was handed out stays as it was.
            let outputs = bound.run(&feeds, &|_| false).unwrap().tensors;
            before.push((x.clone(), outputs.find("present").unwrap().clone()));
        }
        for (x, present) in before {
            let twice = x.as_f32().unwrap().mapv(|x| x + x);
            assert_eq!(present, Tensor::from(twice));
        }
    }

    fn optimization_rewrites_as_far_as_it_may(&self) {
        let model = Graph::default()
            .input("x", FLOAT, &[2, 3])
            .output("z", FLOAT, &[2, 3])
            .node("Identity", &["x"], "same")
            .node("Sqrt", &["same"], "root")
            .node("Relu", &["root"], "z")
            .write(self.folder);
        let nodes = |optimization| {
            let settings = Settings {
                optimization,
                ..Settings::default()
            };
            let opened = self.open(&model, settings);
            opened.execution().evidence().nodes()
        };
        assert_eq!(nodes(GraphOptimization::Disabled), 3);
        // Without the identity.
        assert_eq!(nodes(GraphOptimization::Basic), 2);
        assert_eq!(nodes(GraphOptimization::All), 2);
    }

    #[cfg(target_os = "linux")]
    fn an_arena_keeps_memory(&self) {
        const NUMBERS: u64 = 32 << 20;
        let model = Graph::default()
            .input("x", FLOAT, &[1])
            .input("wide", FLOAT, &[NUMBERS])
            .output("z", FLOAT, &[1])
            .node("Add", &["wide", "x"], "a")
            .node("Mul", &["a", "x"], "b")
            .node("ReduceSum", &["b"], "z")
            .write(self.folder);
        let one: Tensor = ndarray::arr1(&[1.0_f32]).into();
        let wide: Tensor = ndarray::Array1::<f32>::zeros(NUMBERS as usize).into();
        let kept = |has_arena| {
            let settings = Settings {
                has_arena,
                ..Settings::beside_others()
            };
            let mut opened = self.open(&model, settings);
            let feeds = [("x", Feed::Tensor(&one)), ("wide", Feed::Tensor(&wide))];
            let before = status("RssAnon:");
            opened.run(&feeds, &|_| false).unwrap();
            // In KiB, of which the two values between are 128 Ki each.
            status("RssAnon:").saturating_sub(before)
        };
        let (with, without) = (kept(true), kept(false));
        assert!(with > 100 << 10, "{with} KiB with an arena");
        assert!(without < 50 << 10, "{without} KiB without");
    }

    #[cfg(target_os = "linux")]
    fn idle_threads_spin_or_sleep(&self) {
        const NUMBERS: usize = 1 << 18;
        let model = Graph::default()
            .input("x", FLOAT, &[NUMBERS as u64])
            .output("z", FLOAT, &[NUMBERS as u64])
            .node("Erf", &["x"], "z")
            .write(self.folder);
        let x: Tensor = ndarray::Array1::<f32>::zeros(NUMBERS).into();
        let ticks = |is_spinning, is_alone| {
            let settings = Settings {
                is_spinning,
                threads: 2,
                ..Settings::default()
            };
            let options = OpenOptions {
                is_alone,
                settings,
                ..OpenOptions::default()
            };
            let mut opened = self.engine.open(&model, &options).unwrap();
            let before = ticks();
            for _ in 0..40 {
                opened.run(&[("x", Feed::Tensor(&x))], &|_| false).unwrap();
                thread::sleep(Duration::from_millis(20));
            }
            ticks() - before
        };
        let spinning = ticks(true, true);
        for (is_spinning, is_alone) in [(false, true), (true, false)] {
            let sleeping = ticks(is_spinning, is_alone);
            assert!(
                spinning > sleeping + sleeping / 2,
                "{spinning} ticks of 10 ms spinning, {sleeping} sleeping; alone: {is_alone}"
            );
        }
    }

    #[cfg(target_os = "linux")]
    fn threads_are_as_many_as_asked_for(&self) {
        let model = self.memory(3);
        for threads in [1, 2, 5] {
            let before = status("Threads:");
            let settings = Settings {
                threads,
                ..Settings::default()
            };
            let _opened = self.open(&model, settings);
            // The caller's is one of them.
            assert_eq!(status("Threads:") - before, threads as u64 - 1);
        }
    }
}

/// Three runs: all that comes to the host, and all that went on from what was kept.
fn told(graph: &mut dyn Executable) -> Vec<Tensor> {
    let start: Tensor = ndarray::arr2(&[[0.0_f32, 1.0, 0.5], [-1.0, 0.5, 4.0]]).into();
    let mut all = Vec::new();
    let mut held = None;
    for step in 1..=3_u8 {
        let x: Tensor = ndarray::Array2::from_elem((2, 3), 0.25 * f32::from(step)).into();
        let past = held.as_ref().map_or(Feed::Tensor(&start), Feed::Held);
        let feeds = [("past", past), ("x", Feed::Tensor(&x))];
        let whole = graph.run(&feeds, &|_| false).unwrap();
        all.extend(whole.tensors.iter().map(|(_, tensor)| tensor.clone()));
        let mut kept = graph.run(&feeds, &|name| name == "present").unwrap();
        all.extend(kept.tensors.iter().map(|(_, tensor)| tensor.clone()));
        held = kept.held.pop().map(|(_, held)| held);
    }
    assert_eq!(all.len(), 9);
    all
}

/// A number that `proc_pid_status(5)` tells of this process.
#[cfg(target_os = "linux")]
fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let number = line.unwrap().trim().split(' ').next();
    number.unwrap().parse().unwrap()
}

/// Time that this process has computed, in ticks of 10 ms (`proc_pid_stat(5)`, fields 14 and 15).
#[cfg(target_os = "linux")]
fn ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let number = |place: usize| fields.split(' ').nth(place - 3).unwrap();
    let number = |place| number(place).parse::<u64>().unwrap();
    number(14) + number(15)
}
