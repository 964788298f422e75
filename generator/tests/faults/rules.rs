//! Faults that span keys and files.

use crate::fixture::{FAMILY, MODEL, platform, said, said_of_edits};
use generator::registry::Platform;

#[test]
fn of_a_family() {
    let edits = [
        ("family: alpha", "family: omega"),
        ("    default: true\n", ""),
        (
            "    batch: 8\n",
            &format!("    batch: 8\n{MODEL}    default: true\n"),
        ),
        (
            "    batch: 8\n",
            &format!(
                "    batch: 8\n{}",
                MODEL.replace("alpha-large", "alpha-base")
            ),
        ),
        (
            "    batch: 8\n",
            &format!(
                "    batch: 8\n{}",
                MODEL.replace("id: alpha-large", "id: alpha.base")
            ),
        ),
        (
            "    batch: 8\n",
            &format!(
                "    batch: 8\n{}",
                MODEL.replace("id: alpha-large", "id: alpha")
            ),
        ),
        ("id: alpha-base", "id: match"),
        ("id: alpha-base", "id: catalog"),
        ("id: alpha-base", "id: families"),
        ("id: alpha-base", "id: con"),
        ("min_mib: 600", "min_mib: 1300"),
        ("min_mib: 600", "min_mib: 40"),
        ("models:\n", "models: []\nmodel:\n"),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn of_exceptions() {
    let model = "    batch: 8\n";
    let edits = [
        (
            "  webnn:\n    support: unsupported",
            "  cuda:\n    support: simulated",
        ),
        ("    support: unsupported\n", ""),
        ("    support: unsupported\n", "    precisions: [bf16]\n"),
        (
            "    support: unsupported\n",
            "    precisions: [fp16, bf16]\n",
        ),
        (
            model,
            "    batch: 8\n    platforms: {cpu: {support: simulated, reason: why not}}\n",
        ),
        (
            model,
            "    batch: 8\n    platforms: {tpu: {support: native, reason: why not}}\n",
        ),
        (model, "    batch: 8\n    platforms: {cpu: {grade: low}}\n"),
        (
            model,
            "    batch: 8\n    platforms: {webgpu: {support: native, reason: r, above_parameters: 5}}\n",
        ),
        (
            model,
            "    batch: 8\n    platforms: {webgpu: {reason: nothing else}}\n",
        ),
        (model, "    batch: 8\n    precisions: [bf16]\n"),
        (
            model,
            "    batch: 8\n    precisions: [fp16]\n    platforms: {cpu: {precisions: [fp16], reason: r}}\n",
        ),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn of_an_architecture() {
    let edits = [
        ("      hidden_act: gelu\n", ""),
        (
            "{prefix: alpha.}",
            "{config: {heads: n_heads, norm_eps: 1e-6}}",
        ),
        ("      model_type: alpha\n", "      model_type: beta\n"),
        (
            "  text-encoder: {prefix: alpha.}\n",
            "  text-encoder: {}\n  vision-transformer: {}\n",
        ),
        ("text-encoder: {prefix: alpha.}", "vision-transformer: {}"),
        (
            "    batch: 8\n",
            "    batch: 8\n    full: {config: {model_type: beta, hidden_size: 768, layer_norm_eps: 1e-12}}\n",
        ),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn of_a_platform() {
    let sound = platform(Platform::WebNn);
    let edits = [
        ("platform: webnn", "platform: webgpu"),
        ("  reason: needs a browser\n", ""),
        ("  default: simulated", "  default: native"),
        (
            "allowed: [native, simulated, unsupported]",
            "allowed: [native]",
        ),
        ("  default: [fp32]", "  default: [fp32, bf16]"),
    ];
    insta::assert_snapshot!(said_of_edits("platforms/webnn.yaml", &sound, &edits));
}

#[test]
fn across_families() {
    let beta = |from: &str, to: &str| FAMILY.replace("alpha", "beta").replace(from, to);
    let cases = [
        (
            "the same model in two families",
            beta("id: beta-base", "id: alpha-base"),
        ),
        (
            "two models, one module",
            beta("id: beta-base", "id: alpha.base"),
        ),
        (
            "a model named as another family",
            beta("id: beta-base", "id: alpha"),
        ),
        (
            "two families, one module",
            beta("family: beta", "family: alpha"),
        ),
    ];
    let mut all = String::new();
    for (name, beta) in cases {
        let messages = said(&[
            ("families/alpha.yaml", FAMILY),
            ("families/beta.yaml", &beta),
        ]);
        all.push_str(&format!("{name}\n{messages}"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_default_model_may_carry_its_familys_name() {
    let text = FAMILY.replace("id: alpha-base", "id: alpha");
    assert_eq!(said(&[("families/alpha.yaml", &text)]), "no fault\n");
}

#[test]
fn the_sound_registry_has_no_fault() {
    assert_eq!(said(&[("families/alpha.yaml", FAMILY)]), "no fault\n");
    assert_eq!(
        said(&[("families/alpha.yaml", &format!("{FAMILY}{MODEL}"))]),
        "no fault\n"
    );
}
