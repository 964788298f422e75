//! What the templates render, word for word.

use super::synthetic::{ALPHA, BETA};
use super::workspace::Workspace;

#[test]
fn every_template_renders_what_a_reader_expects() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    workspace.succeed("");
    for path in [
        "src/alpha_base_v1_0/cuda.rs",
        "src/alpha_large/rocm.rs",
        "src/alpha_large/webnn.rs",
        "src/m_4beta_tiny/webgpu.rs",
        "src/alpha_large/mod.rs",
        "src/families/alpha.rs",
        "src/families/beta.rs",
        "src/families/mod.rs",
        "src/catalog.rs",
        "src/lib.rs",
        "tests/cuda/alpha_base_v1_0.rs",
        "tests/webnn/alpha_large.rs",
        "tests/webnn/main.rs",
    ] {
        insta::assert_snapshot!(
            path.replace('/', "."),
            workspace.read(&format!("generated/{path}"))
        );
    }
}
