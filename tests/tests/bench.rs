//! `assay bench` as users meet it: every case is a row, whatever becomes of it, and nothing is lost by an interruption.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use runtime::bench::{Benchmark, Outcome, Row, Size};
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::distribution::{self, Policy};
use tempfile::TempDir;
use workspace_tests::{assay, copy_folder, reference, workspace};

const TINY: [&str; 4] = ["--size", "tiny", "--iterations", "11"];

fn bench(into: &Path, arguments: &[&str]) -> Command {
    let mut command = assay(&["bench"]).unwrap();
    command
        .args(arguments)
        .arg("--output-dir")
        .arg(into)
        .current_dir(workspace());
    command
}

fn rows(folder: &Path) -> Vec<Row> {
    let text = fs::read_to_string(folder.join("results.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_sweep_leaves_a_row_for_each_case_and_says_what_it_measured() {
    let folder = TempDir::new().unwrap();
    let cases = [
        "bert",
        "llama",
        "llava",
        "--batch-sizes",
        "1,2",
        "--metrics",
        "latency,memory,flops",
    ];
    let output = bench(folder.path(), &[&cases[..], &TINY].concat())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let rows = rows(folder.path());
    assert_eq!(rows.len(), 6);
    for row in &rows {
        let Outcome::Measured(measured) = &row.outcome else {
            panic!("{}: {:?}", row.case, row.outcome);
        };
        assert_eq!(measured.execution["kind"], "native", "{}", row.case);
        assert_eq!(measured.series("latency_ms").len(), 11, "{}", row.case);
        assert_eq!(
            measured.items,
            11 * u64::from(row.case.batch),
            "{}",
            row.case
        );
        assert!(*measured.work.flops.value().unwrap() > 0, "{}", row.case);
        assert!(
            *measured.peak_rss_bytes.value().unwrap() > 1 << 20,
            "{}",
            row.case
        );
        assert!(measured.artifact.model_file_bytes > 0, "{}", row.case);
        assert_eq!(measured.energy.energy_joules.value(), None, "not asked for");
        // The runs of the graphs are the loop's, and no more.
        let wall_ms = measured.wall_seconds * 1e3;
        assert!(
            measured.series("latency_ms").iter().sum::<f64>() <= wall_ms,
            "{}",
            row.case
        );
        let has_decoder = row.case.lengths.new_tokens.is_some();
        let tokens = measured.series("inter_token_ms").len();
        assert_eq!(tokens, if has_decoder { 11 * 7 } else { 0 }, "{}", row.case);
        let parts: Vec<_> = measured
            .components
            .iter()
            .map(|part| part.name.as_str())
            .collect();
        let expected: &[&str] = match row.subject.family.as_str() {
            "bert" => &[],
            "llama" => &["prefill", "decode"],
            _ => &["vision_encoder", "embed_tokens", "prefill", "decode"],
        };
        assert_eq!(parts, expected);
        for part in &measured.components {
            let samples = measured.series(&format!("{}_ms", part.name)).len();
            let expected = (11.0 * part.runs_per_query).round() as usize;
            assert_eq!(samples, expected, "{}", part.name);
        }
    }
    // Twice the items are twice the work.
    let flops = |batch| {
        let of = rows
            .iter()
            .filter(|row| row.case.batch == batch && row.subject.family == "bert");
        let mut measured = of.filter_map(|row| match &row.outcome {
            Outcome::Measured(measured) => measured.work.flops.value().copied(),
            _ => None,
        });
        measured.next().unwrap()
    };
    assert_eq!(flops(2), 2 * flops(1));
}

#[test]
fn a_program_measures_in_its_own_process() {
    let folder = TempDir::new().unwrap();
    let results = Benchmark::new(&generated::bert::cpu::SKILL)
        .size(Size::Tiny)
        .batch_sizes([1, 4])
        .iterations(11)
        .run()
        .unwrap();
    assert_eq!(results.rows.len(), 2);
    for row in &results.rows {
        let Outcome::Measured(measured) = &row.outcome else {
            panic!("{}: {:?}", row.case, row.outcome);
        };
        assert_eq!(measured.series("latency_ms").len(), 11);
        assert!(measured.roof.gflops.is_measured(), "{:?}", measured.roof);
    }
    let file = |name: &str| folder.path().join(name);
    results.export_json(&file("rows.json")).unwrap();
    results.export_csv(&file("rows.csv")).unwrap();
    results.export_markdown(&file("report.md")).unwrap();
    results.export_html(&file("report.html")).unwrap();
    let text = |name: &str| fs::read_to_string(file(name)).unwrap();
    let read: Vec<Row> = serde_json::from_str(&text("rows.json")).unwrap();
    assert_eq!(read, results.rows);
    assert_eq!(text("rows.csv").lines().count(), 3);
    assert!(text("report.md").contains("not to be compared"));
    assert!(text("report.html").contains("</html>"));
    // A model that takes no text of this length fails as a row, and nonsense is refused.
    let refused = Benchmark::new(&generated::bert::cpu::SKILL).size(Size::Tiny);
    let failed = refused
        .clone()
        .sequences([100_000])
        .iterations(1)
        .run()
        .unwrap();
    assert!(matches!(failed.rows[0].outcome, Outcome::Failed { .. }));
    assert!(refused.batch_sizes([0]).run().is_err());
}

#[test]
fn what_does_not_run_there_is_simulated_and_has_no_time() {
    let folder = TempDir::new().unwrap();
    let policy = Policy::from_env().unwrap();
    let cpu = distribution::resolve(Platform::Cpu, &policy, &Silent).unwrap();
    let cases = ["roberta", "bert", "--platform", "webgpu"];
    let output = bench(folder.path(), &[&cases[..], &TINY].concat())
        // Where the library of webgpu is at hand, nothing is simulated.
        .env("ASSAY_CACHE", folder.path().join("cache"))
        .env("ORT_DYLIB_PATH", cpu.path)
        .env_remove("ASSAY_ORT_WEBGPU_PATH")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let rows = rows(folder.path());
    assert_eq!(rows.len(), 2);
    for row in rows {
        match (row.subject.family.as_str(), &row.outcome) {
            ("roberta", Outcome::Simulated(simulated)) => {
                assert_eq!(simulated.execution["kind"], "simulated");
                assert!(!simulated.predicted_ms.is_measured());
            }
            ("bert", Outcome::Skipped { kind, .. }) => assert_eq!(kind, "unavailable"),
            (family, other) => panic!("{family}: {other:?}"),
        }
    }
}

#[test]
fn a_case_that_fails_dies_or_hangs_is_a_row_and_ends_nothing_else() {
    let folder = TempDir::new().unwrap();
    let broken = TempDir::new().unwrap();
    copy_folder(&reference("bert"), broken.path()).unwrap();
    fs::write(broken.path().join("model.safetensors"), b"broken").unwrap();
    let checkpoint = broken.path().to_str().unwrap();
    let output = bench(
        folder.path(),
        &[
            &["bert", "--checkpoint", checkpoint, "--batch-sizes", "1,2"][..],
            &TINY,
        ]
        .concat(),
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("2 of 2 cases failed"),
        "{}",
        told(&output)
    );
    let failed = rows(folder.path());
    assert_eq!(failed.len(), 2);
    for row in failed {
        assert!(
            matches!(&row.outcome, Outcome::Failed { kind, error } if kind == "error" && error.contains("model.safetensors")),
            "{:?}",
            row.outcome
        );
    }
    let output = bench(
        folder.path(),
        &[&["bert", "--limit", "1ms"][..], &TINY].concat(),
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let late = rows(folder.path());
    assert!(
        matches!(&late[..], [Row { outcome: Outcome::Failed { kind, .. }, .. }] if kind == "timeout"),
        "{late:?}"
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_keeps_what_is_done_and_the_rest_can_follow() {
    let folder = TempDir::new().unwrap();
    let all = [
        "bert",
        "t5",
        "clip",
        "--batch-sizes",
        "1,2,3,4",
        "--metrics",
        "latency",
    ];
    let all = [&all[..], &TINY].concat();
    let mut child = bench(folder.path(), &all)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // A build that is not optimised says so first.
    let first = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("bert-base")));
    assert!(first.is_some());
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(rest.last().unwrap().contains("--resume"), "{rest:?}");
    let kept = rows(folder.path()).len();
    assert!((1..12).contains(&kept), "{kept}");
    let output = bench(folder.path(), &[&all[..], &["--resume"]].concat())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains(&format!("{kept} of 12 cases are there already")),
        "{}",
        told(&output)
    );
    assert_eq!(rows(folder.path()).len(), 12);
}

#[test]
fn a_plan_says_what_flags_say_and_flags_come_first() {
    let folder = TempDir::new().unwrap();
    let yaml = folder.path().join("plan.yaml");
    fs::write(&yaml, "models: [bert, embedding]\nsize: tiny\nbatch-sizes: [1, 2]\nplatforms: [cpu, openvino]\nsequences: [16, 32]\n").unwrap();
    let toml = folder.path().join("plan.toml");
    fs::write(&toml, "models = ['bert', 'embedding']\nsize = 'tiny'\nbatch-sizes = [1, 2]\nplatforms = ['cpu', 'openvino']\nsequences = [16, 32]\n").unwrap();
    let list = |arguments: &[&str]| {
        let output = bench(folder.path(), &[arguments, &["--dry-run"]].concat())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let plan = list(&["--plan", yaml.to_str().unwrap()]);
    assert_eq!(plan, list(&["--plan", toml.to_str().unwrap()]));
    assert!(
        plan.lines().count() > 8 && plan.lines().count() % 8 == 0,
        "{plan}"
    );
    let fewer = list(&[
        "--plan",
        yaml.to_str().unwrap(),
        "--platform",
        "cpu",
        "--seq",
        "16",
    ]);
    assert_eq!(4 * fewer.lines().count(), plan.lines().count());
    assert!(!folder.path().join("assay.db").exists());
}

#[test]
fn bad_input_is_refused_before_anything_is_written() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("results");
    let plan = parent.path().join("plan.yaml");
    fs::write(&plan, "models: [bert]\nbatches: [1]\n").unwrap();
    let plan = plan.to_str().unwrap();
    for (arguments, says) in [
        (&["no-such-model"][..], "no-such-model"),
        (&[], "no model named"),
        (&["bert", "--batch-sizes", "0"], "a batch of 0"),
        (&["bert", "--iterations", "0"], "0 iterations"),
        (
            &["bert", "--iterations", "5", "--duration", "5s"],
            "cannot be used with",
        ),
        (&["bert", "--target-precision", "0%"], "above 0 %"),
        (&["bert", "--duration", "soon"], "expected a time"),
        (&["bert", "--image-size", "640"], "640x480"),
        (&["bert", "--metrics", "speed"], "unknown metric"),
        (&["bert", "--scenario", "batch"], "unknown scenario"),
        (&["bert", "--option", "no-such=1"], "no-such"),
        (&["bert", "--queries-per-second", "0"], "above 0"),
        (&["--plan", plan], "batches"),
        (&["--plan", "no/such/plan.yaml"], "no/such/plan.yaml"),
    ] {
        let output = bench(&folder, arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            told(&output)
        );
        assert!(
            told(&output).contains(says),
            "{arguments:?}: {}",
            told(&output)
        );
    }
    assert!(!folder.exists());
}

#[test]
fn lengths_that_a_model_does_not_take_are_told() {
    let folder = TempDir::new().unwrap();
    let output = bench(
        folder.path(),
        &[&["bert", "--seq", "100000"][..], &TINY].concat(),
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("no text of 100000 tokens: it reads 48 at most"),
        "{}",
        told(&output)
    );
}
