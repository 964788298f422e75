//! What users may say of options, and what they are told when it is wrong.

use super::*;

fn parse(texts: &[&str], platforms: &[Platform]) -> Result<ProviderOptions, OptionError> {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    ProviderOptions::parse(&texts, platforms)
}

fn refusal(texts: &[&str], platforms: &[Platform]) -> String {
    parse(texts, platforms).unwrap_err().to_string()
}

#[test]
fn options_are_typed_and_come_back_as_they_went() {
    use Platform::{Cpu, Cuda, Mps, OpenVino, Rocm, WebGpu, WebNn};
    for (platform, texts) in [
        (Cpu, &["arena=on"][..]),
        (
            Cuda,
            &[
                "device=1",
                "memory-limit=4GiB",
                "arena-extend=same-as-requested",
                "conv-search=heuristic",
                "tf32=off",
                "tensorrt=on",
                "tensorrt-cache=/tmp/engines",
                "tensorrt-fp16=on",
                "tensorrt-bf16=on",
            ],
        ),
        (Cuda, &["cuda-graph=on"]),
        (
            Rocm,
            &[
                "device=2",
                "fp16=on",
                "bf16=on",
                "cache-dir=/tmp/graphs",
                "exhaustive-tuning=on",
                "memory-limit=512MiB",
            ],
        ),
        (
            Mps,
            &[
                "compute-units=cpu-and-gpu",
                "model-format=ml-program",
                "static-shapes-only=on",
                "cache-dir=/tmp/graphs",
                "low-precision-accumulation=on",
            ],
        ),
        (
            OpenVino,
            &[
                "device=AUTO:GPU,CPU",
                "precision=f16",
                "streams=2",
                "threads=3",
                "cache-dir=/tmp/graphs",
                "dynamic-shapes=off",
            ],
        ),
        (WebNn, &["device=npu", "power=low-power"]),
        (
            WebGpu,
            &[
                "adapter=swiftshader",
                "power=high-performance",
                "backend=vulkan",
                "validation=full",
                "storage-cache=lazy-release",
                "int64=on",
            ],
        ),
    ] {
        let options = parse(texts, &[platform]).unwrap();
        assert_eq!(options.texts(platform), texts);
        let others = Platform::ALL.iter().filter(|other| **other != platform);
        for other in others {
            assert_eq!(options.texts(*other), [""; 0], "{other}");
        }
    }
}

#[test]
fn every_option_is_covered_by_the_test_above() {
    let all: usize = Platform::ALL.iter().map(|one| keys(*one).len()).sum();
    assert_eq!(all, 36, "add the new option to the test above");
}

#[test]
fn what_is_given_as_the_default_is_no_difference() {
    let options = parse(&["device=cpu"], &[Platform::OpenVino]).unwrap();
    assert_eq!(options, ProviderOptions::default());
    assert!(options.differing(Platform::OpenVino).is_empty());
}

#[test]
fn one_of_several_platforms_can_be_addressed() {
    let both = [Platform::OpenVino, Platform::Cuda];
    let options = parse(&["openvino.device=GPU.1", "cuda.device=1"], &both).unwrap();
    assert_eq!(options.texts(Platform::OpenVino), ["device=GPU.1"]);
    assert_eq!(options.texts(Platform::Cuda), ["device=1"]);
    // What is not addressed is for all, and all must have it.
    assert_eq!(
        refusal(&["tf32=on"], &both),
        "openvino has no option `tf32`; it has: device, precision, streams, threads, cache-dir, dynamic-shapes"
    );
}

#[test]
fn what_is_wrong_is_told_with_what_is_right() {
    let openvino = &[Platform::OpenVino];
    insta::assert_snapshot!(refusal(&["devise=GPU"], openvino), @"openvino has no option `devise`; did you mean `device`? it has: device, precision, streams, threads, cache-dir, dynamic-shapes");
    insta::assert_snapshot!(refusal(&["streams=9"], openvino), @"the option `streams` of openvino does not take `9`; it takes a number from 1 to 8");
    insta::assert_snapshot!(refusal(&["device=TPU"], openvino), @"the option `device` of openvino does not take `TPU`; it takes CPU, GPU, GPU.1, NPU, AUTO, AUTO:GPU,CPU, HETERO:… or MULTI:…");
    insta::assert_snapshot!(refusal(&["device"], openvino), @"`device` is no option; expected KEY=VALUE, or PLATFORM.KEY=VALUE to address one of several platforms");
    insta::assert_snapshot!(refusal(&["cuda.device=1"], openvino), @"`cuda.device=1` is for cuda, and nothing runs on it here; name it with the other platforms, or leave the option out");
    insta::assert_snapshot!(refusal(&["streams=1", "openvino.streams=2"], openvino), @"the option `streams` of openvino is given twice; give it once");
    let cuda = &[Platform::Cuda];
    insta::assert_snapshot!(refusal(&["tensorrt-fp16=on"], cuda), @"the option `tensorrt-fp16` of cuda cannot be `on` here: it is TensorRT's; add tensorrt=on");
    insta::assert_snapshot!(refusal(&["cuda-graph=on", "tensorrt=on"], cuda), @"the option `cuda-graph` of cuda cannot be `on` here: TensorRT's nodes cannot be recorded with CUDA's; leave tensorrt out");
}

#[test]
fn texts_without_a_key_or_value_are_no_options() {
    for text in ["", "=", "=on", "device=", "openvino.=GPU"] {
        let refused = parse(&[text], &[Platform::OpenVino]);
        assert!(matches!(refused, Err(OptionError::Form { .. })), "{text}");
    }
}

#[test]
fn what_a_library_takes_from_the_environment_is_told() {
    let options = parse(&["bf16=on", "fp16=on"], &[Platform::Rocm]).unwrap();
    assert_eq!(
        options.environment(Platform::Rocm),
        [("bf16", "ORT_MIGRAPHX_BF16_ENABLE", "1".to_owned())]
    );
}
