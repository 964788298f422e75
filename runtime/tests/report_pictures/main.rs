//! The page of a report as a browser shows it: on light and dark ground, on a phone and on paper, with hostile rows too.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod devtools;
#[path = "../sample_rows/mod.rs"]
mod sample_rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runtime::bench::Row;
use runtime::distribution::{self, Browser, Policy};
use runtime::report::{Format, Report, render};

use self::devtools::Page;
use self::sample_rows::{hostile, machines, sample};

/// Finds what is wrong with how a page looks.
const FAULTS: &str = include_str!("faults.js");

/// Pixels of the page's beginning that are kept apart.
const BEGINNING: u32 = 1900;

/// How a page is shown.
struct Look {
    name: &'static str,
    width: u32,
    scheme: &'static str,
    rows: fn() -> Vec<Row>,
}

const LOOKS: [Look; 5] = [
    Look {
        name: "light",
        width: 1200,
        scheme: "light",
        rows: sample,
    },
    Look {
        name: "dark",
        width: 1200,
        scheme: "dark",
        rows: sample,
    },
    Look {
        name: "phone",
        width: 390,
        scheme: "light",
        rows: sample,
    },
    Look {
        name: "hostile",
        width: 1200,
        scheme: "light",
        rows: hostile,
    },
    Look {
        name: "hostile_on_a_phone",
        width: 390,
        scheme: "dark",
        rows: hostile,
    },
];

fn main() -> ExitCode {
    let trials = LOOKS
        .iter()
        .map(|look| Trial::ignorable_test(look.name, || seen(look)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Looks at the page where there is a browser.
fn seen(look: &Look) -> Result<Completion, Failed> {
    let policy = Policy::from_env()?;
    match distribution::find_browser(&policy) {
        Ok(browser) => {
            show(look, &browser);
            Ok(Completion::Completed)
        }
        Err(absent) => Ok(Completion::ignored_with(absent.to_string())),
    }
}

/// Shows the page, keeps pictures of it, and fails with what is wrong.
fn show(look: &Look, browser: &Browser) {
    let rows = (look.rows)();
    let page = render(&Report::of(&rows, &machines()), Format::Html);
    let folder = folder();
    let file = folder.join(format!("{}.html", look.name));
    fs::write(&file, page).unwrap();
    let mut shown = Page::open(browser);
    shown.show(&file, look.width, look.scheme);
    let faults = shown.evaluate(FAULTS);
    let picture = shown.picture(None);
    fs::write(folder.join(format!("{}.png", look.name)), &picture).unwrap();
    if look.name == "light" {
        // README.md shows it.
        let beginning = shown.picture(Some(BEGINNING));
        fs::write(folder.join("beginning.png"), &beginning).unwrap();
        let printed = shown.printed();
        fs::write(folder.join("paper.pdf"), &printed).unwrap();
        assert!(printed.starts_with(b"%PDF"));
    }
    assert!(faults.as_array().is_some_and(Vec::is_empty), "{faults:#}");
    assert!(picture.len() > 10_000, "an empty picture");
    let ran = shown.evaluate("globalThis.wasTakenOver === undefined");
    assert_eq!(ran, true, "a row's text ran as a script");
    said_and_fetched_nothing(&shown, &file);
}

/// A page that is whole says nothing to the console, and asks for nothing but itself.
fn said_and_fetched_nothing(shown: &Page, file: &Path) {
    let own = format!("file://{}", file.display());
    for event in &shown.events {
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" => {
                panic!("the page said {event:#}");
            }
            "Network.requestWillBeSent" => {
                assert_eq!(event["params"]["request"]["url"], own, "a request");
            }
            _ => {}
        }
    }
    let requests = shown
        .events
        .iter()
        .filter(|event| event["method"] == "Network.requestWillBeSent");
    assert_eq!(
        requests.count(),
        1,
        "the page itself must be seen among the requests"
    );
}

/// Where pages and pictures are kept, to be looked at.
fn folder() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let folder = target.join("assay/report");
    fs::create_dir_all(&folder).unwrap();
    folder
}
