//! Faults of files and folders themselves: unreadable, not text, not a file, too large, missing, out of place.

use std::fs;
use std::path::Path;

use generator::registry::{self, Platform};
use tempfile::TempDir;

use crate::fixture::{FAMILY, platform};

fn sound() -> TempDir {
    let root = TempDir::new().unwrap();
    for folder in ["platforms", "families"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for one in Platform::ALL {
        fs::write(
            root.path().join(format!("platforms/{one}.yaml")),
            platform(*one),
        )
        .unwrap();
    }
    fs::write(root.path().join("families/alpha.yaml"), FAMILY).unwrap();
    root
}

fn said(root: &Path) -> String {
    registry::load(root).map_or_else(|faults| faults.to_string(), |_| "no fault\n".to_owned())
}

#[test]
fn files() {
    let root = sound();
    assert_eq!(said(root.path()), "no fault\n");
    let families = root.path().join("families");
    fs::write(
        families.join("bom.yaml"),
        format!("\u{feff}{}", FAMILY.replace("alpha", "bom")),
    )
    .unwrap();
    fs::write(families.join("comment.yaml"), "# nothing else\n").unwrap();
    fs::create_dir(families.join("folder.yaml")).unwrap();
    fs::write(families.join("empty.yaml"), "").unwrap();
    fs::write(families.join("latin.yaml"), b"family: na\xefve\n").unwrap();
    fs::write(families.join("large.yaml"), "#".repeat(10_000_000)).unwrap();
    fs::write(families.join("stray.yml"), FAMILY).unwrap();
    fs::write(families.join(".swp"), "left behind by an editor").unwrap();
    fs::write(families.join("list.yaml"), "- a\n- b\n").unwrap();
    fs::write(families.join("text.yaml"), "just text\n").unwrap();
    fs::write(
        families.join("crlf.yaml"),
        FAMILY.replace("alpha", "crlf").replace('\n', "\r\n"),
    )
    .unwrap();
    fs::remove_file(root.path().join("platforms/mps.yaml")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", families.join("dangling.yaml")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", families.join("endless.yaml")).unwrap();
    }
    insta::assert_snapshot!(said(root.path()));
}

#[test]
fn folders() {
    let root = sound();
    fs::remove_dir_all(root.path().join("families")).unwrap();
    insta::assert_snapshot!(said(root.path()) + &said(&root.path().join("nowhere")));
}
