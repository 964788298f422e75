//! Faults of a single value or key: YAML that does not parse, unknown and missing keys, wrong types, forms and ranges.

use crate::fixture::{FAMILY, platform, said_of_edits};
use generator::registry::Platform;

#[test]
fn yaml() {
    let edits = [
        ("title: Alpha\n", "title: [Alpha\n"),
        ("title: Alpha\n", "title: Alpha\n\ttabs: true\n"),
        ("title: Alpha\n", "title: Alpha\ntitle: Beta\n"),
        ("title: Alpha\n", "title: &name Alpha\n"),
        ("title: Alpha\n", "title: *name\n"),
        ("group: embedding", "group: &g embedding\nmodality2: *g"),
        ("title: Alpha\n", "title: !!binary QWxwaGE=\n"),
        ("title: Alpha\n", "title: !secret Alpha\n"),
        ("title: Alpha\n", "? [a, b]\n: Alpha\ntitle: Alpha\n"),
        ("title: Alpha\n", "<<: {title: Alpha}\n"),
        ("hidden_size: 32", "hidden_size: .inf"),
        ("hidden_size: 32", "hidden_size: 1e999"),
        ("    batch: 8\n", "    batch: 8\n---\nfamily: beta\n"),
        ("    batch: 8\n", "    batch: 8\n    batch: 9\n"),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn keys() {
    let edits = [
        ("title: Alpha\n", "titel: Alpha\n"),
        ("title: Alpha\n", ""),
        ("title: Alpha\n", "title: Alpha\nzzz: 1\n"),
        ("    disk_mib: 420\n", ""),
        ("    disk_mib: 420\n", "    disk_mb: 420\n"),
        ("{min_mib: 600, ", "{"),
        ("  webnn:\n", "  webn:\n"),
        ("    reason: too large for a browser\n", ""),
        (
            "  text-encoder: {prefix: alpha.}\n",
            "  text_encoder: {prefix: alpha.}\n",
        ),
        ("{prefix: alpha.}", "{prefix: alpha., weights: {querry: q}}"),
        (
            "{prefix: alpha.}",
            "{prefix: alpha., positions: after_padding}",
        ),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn values() {
    let edits = [
        ("title: Alpha\n", "title: 3\n"),
        ("title: Alpha\n", "title:\n"),
        ("title: Alpha\n", "title: ''\n"),
        ("title: Alpha\n", "title: ' Alpha'\n"),
        ("title: Alpha\n", "title: \"Alpha\\nbeta\"\n"),
        ("title: Alpha\n", "title: [Alpha]\n"),
        ("group: embedding", "group: embeddings"),
        ("group: embedding", "group: 7"),
        ("modality: text", "modality: txt"),
        ("task: feature-extraction", "task: feature-extracton"),
        ("task: feature-extraction", "task: sentiment"),
        ("id: alpha-base", "id: Alpha-Base"),
        ("id: alpha-base", "id: -alpha"),
        ("id: alpha-base", "id: ../../etc/passwd"),
        ("id: alpha-base", "id: 7"),
        ("hub_id: greek/alpha-base", "hub_id: alpha-base"),
        ("key: true", "key: yes"),
        ("parameters: 109_482_240", "parameters: 0"),
        ("parameters: 109_482_240", "parameters: 109_48_240"),
        ("parameters: 109_482_240", "parameters: 1.1e8"),
        ("parameters: 109_482_240", "parameters: -5"),
        ("parameters: 109_482_240", "parameters: 999_999_999_999_999"),
        (
            "parameters: 109_482_240",
            "parameters: 99999999999999999999999",
        ),
        ("min_mib: 600", "min_mib: 0"),
        ("min_mib: 600", "min_mib: '600'"),
        ("cpu_cores: 2", "cpu_cores: 100000"),
        ("batch: 8", "batch: 8, precisions: []"),
        ("    batch: 8\n", "    batch: 8\n    precisions: []\n"),
        (
            "    batch: 8\n",
            "    batch: 8\n    precisions: [fp32, fp32]\n",
        ),
        ("    batch: 8\n", "    batch: 8\n    precisions: [int8]\n"),
        ("    batch: 8\n", "    batch: 8\n    full: {}\n"),
        (
            "    batch: 8\n",
            "    batch: 8\n    full: {config: [], processor: {}}\n",
        ),
        (
            "    support: unsupported\n",
            "    placement: {nodes: 1.5}\n",
        ),
        ("{prefix: alpha.}", "{prefix: 'alpha\"; fn'}"),
        ("{prefix: alpha.}", "{config: {norm_eps: [1]}}"),
        ("{prefix: alpha.}", "\n"),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", FAMILY, &edits));
}

#[test]
fn recipes() {
    let vision = FAMILY.replace(
        "text-encoder: {prefix: alpha.}",
        "vision-transformer: {prefix: alpha.}",
    );
    let edits = [
        (
            "{prefix: alpha.}",
            "{config: {feed_forward: {width: a, ratio: b}}}",
        ),
        (
            "{prefix: alpha.}",
            "{config: {feed_forward: intermediate_size}}",
        ),
        ("{prefix: alpha.}", "{classifier: {heads: []}}"),
        ("{prefix: alpha.}", "{weights: {leading_tokens: [a, 3]}}"),
    ];
    insta::assert_snapshot!(said_of_edits("families/alpha.yaml", &vision, &edits));
}

#[test]
fn platforms() {
    let sound = platform(Platform::WebNn);
    let edits = [
        ("platform: webnn", "platform: web-nn"),
        ("default: simulated", "default: emulated"),
        ("allowed: [native, simulated, unsupported]", "allowed: []"),
        (
            "allowed: [native, simulated, unsupported]",
            "allowed: native",
        ),
        ("  embedding: high\n", "  embeddings: high\n"),
        ("  embedding: high\n", "  embedding: great\n"),
        ("provider: SomeExecutionProvider\n", ""),
    ];
    insta::assert_snapshot!(said_of_edits("platforms/webnn.yaml", &sound, &edits));
}
