//! What benchmarks of a rented machine and of a workstation may come to.

use runtime::bench::{Lengths, Outcome, Row};
use runtime::catalog::Platform;

use super::{
    BERT, CLIP, DETR, Device, LLAVA, Model, QWEN, Rows, T5, VIT, WHISPER, case, encoder, image,
    rented, tokens, work, workstation,
};

/// Rows of a rented machine and of a workstation: measured, simulated, failed and skipped.
pub(crate) fn sample() -> Vec<Row> {
    let mut rows = on_rented().made;
    rows.extend(on_workstation().made);
    rows
}

pub(crate) fn on_rented() -> Rows {
    let mut rows = Rows::on(rented(), 7);
    let (cpu, openvino) = (
        Device::processor(Platform::Cpu),
        Device::processor(Platform::OpenVino),
    );
    let devices = [
        (Platform::Cpu, &cpu, 1.0_f64),
        (Platform::OpenVino, &openvino, 0.78),
    ];
    for (platform, device, pace) in devices {
        for batch in [1, 2, 4, 8] {
            let work = encoder(batch, 128);
            let fill = 1.0 + 0.35 / f64::from(batch);
            let ms =
                (4.0 + work.gflops / 168.0 * 1e3 * fill) * pace.powf(1.0 - 0.4 / f64::from(batch));
            rows.measured(
                BERT,
                case(BERT, platform, batch, tokens(128)),
                device,
                work,
                ms,
                140,
            );
        }
        for length in [32, 64, 256, 512] {
            let work = encoder(1, length);
            let ms = (12.0 + work.gflops / 160.0 * 1e3) * pace;
            rows.measured(
                BERT,
                case(BERT, platform, 1, tokens(length)),
                device,
                work,
                ms,
                70,
            );
        }
        for batch in [1, 4] {
            let work = work(35.2 * f64::from(batch), 0.346, 0.9);
            let ms = work.gflops / 150.0 * 1e3 * pace;
            rows.measured(
                VIT,
                case(VIT, platform, batch, image(224)),
                device,
                work,
                ms,
                70,
            );
        }
        let texts = Lengths {
            tokens: Some(7),
            ..image(224)
        };
        let parts = [
            ("vision_encoder", "vision", 0.58, 1.0),
            ("text_encoder", "text", 0.42, 1.0),
        ];
        rows.parted(
            CLIP,
            case(CLIP, platform, 1, texts),
            device,
            work(14.8, 0.61, 1.4),
            96.0 * pace,
            &parts,
        );
        let generated = Lengths {
            new_tokens: Some(16),
            ..tokens(32)
        };
        let qwen = Model {
            is_synthetic: true,
            ..QWEN
        };
        let parts = [
            ("prefill", "decoder", 0.14, 1.0),
            ("decode", "decoder", 0.86, 15.0),
        ];
        // Both read all weights once a token: the memory gives the pace.
        let even = 1.0 - (1.0 - pace) * 0.005;
        rows.parted(
            qwen,
            case(qwen, platform, 1, generated),
            device,
            work(47.0, 31.6, 40.0),
            1090.0 * even,
            &parts,
        );
    }
    others(&mut rows);
    rows
}

/// What was measured on one platform alone, predicted, failed or skipped.
fn others(rows: &mut Rows) {
    let cpu = Device::processor(Platform::Cpu);
    let t5 = tokens(64);
    rows.measured(
        T5,
        case(T5, Platform::Cpu, 1, t5.clone()),
        &cpu,
        work(4.1, 0.24, 0.5),
        38.0,
        8,
    );
    rows.failed(T5, case(T5, Platform::WebGpu, 1, t5), "error", "cannot open the graph: the provider takes no node of the decoder: Gather with a boolean input");
    let sound = Lengths {
        audio_ms: Some(30_000),
        new_tokens: Some(8),
        ..Lengths::default()
    };
    rows.simulated(
        WHISPER,
        case(WHISPER, Platform::WebNn, 1, sound.clone()),
        work(30.0, 0.16, 0.6),
        410.0,
    );
    rows.measured(
        WHISPER,
        case(WHISPER, Platform::Cpu, 1, sound),
        &cpu,
        work(30.0, 0.16, 0.6),
        255.0,
        30,
    );
    rows.simulated(
        DETR,
        case(DETR, Platform::WebNn, 1, image(800)),
        work(172.0, 0.17, 3.1),
        2900.0,
    );
    rows.failed(
        DETR,
        case(DETR, Platform::OpenVino, 1, image(800)),
        "timeout",
        "no answer within 300 s",
    );
    let question = Lengths {
        new_tokens: Some(16),
        tokens: Some(24),
        ..image(336)
    };
    rows.skipped(
        LLAVA,
        case(LLAVA, Platform::Cpu, 1, question.clone()),
        "memory",
        "26.3 GiB of weights do not fit into half of 24 GiB",
    );
    rows.skipped(
        BERT,
        case(BERT, Platform::Cuda, 1, tokens(128)),
        "unavailable",
        "no NVIDIA driver",
    );
    rows.skipped(
        LLAVA,
        case(LLAVA, Platform::WebNn, 1, question),
        "memory",
        "26.3 GiB of weights do not fit into half of 24 GiB",
    );
}

fn on_workstation() -> Rows {
    let mut rows = Rows::on(workstation(), 11);
    let (cpu, card) = (Device::desktop(), Device::card());
    for batch in [1, 2, 4, 8, 16] {
        let work = encoder(batch, 128);
        let fill = 1.0 + 0.2 / f64::from(batch);
        rows.measured(
            BERT,
            case(BERT, Platform::Cpu, batch, tokens(128)),
            &cpu,
            work,
            work.gflops / 900.0 * 1e3 * fill,
            140,
        );
        let ms = 0.9 + work.gflops / 38_000.0 * 1e3;
        rows.measured(
            BERT,
            case(BERT, Platform::Cuda, batch, tokens(128)),
            &card,
            work,
            ms,
            700,
        );
    }
    for (platform, device, ms) in [(Platform::Cpu, &cpu, 41.0), (Platform::Cuda, &card, 2.1)] {
        rows.measured(
            VIT,
            case(VIT, platform, 1, image(224)),
            device,
            work(35.2, 0.346, 0.9),
            ms,
            140,
        );
    }
    rows
}

/// Text that tries to be markup, a formula, a table, or to break a line or a terminal.
pub(crate) const HOSTILE: &str = "=1+1|<script>globalThis.wasTakenOver=1</script><img src=x onerror=globalThis.wasTakenOver=2>\"'&amp;`*_\n\u{1b}[2J]]></svg></title></style>";

/// The sample with hostile text wherever a row has text, and names without a place to break.
pub(crate) fn hostile() -> Vec<Row> {
    let mut rows = sample();
    for (place, row) in rows.iter_mut().enumerate() {
        row.case.model = format!("{HOSTILE}{}", row.case.model);
        row.subject.title = format!(
            "{}{}{HOSTILE}",
            row.subject.title,
            "w".repeat(place % 3 * 60)
        );
        row.case.options = vec![format!("device={HOSTILE}")];
        match &mut row.outcome {
            Outcome::Measured(found) => {
                HOSTILE.clone_into(&mut found.placement);
                HOSTILE.clone_into(&mut found.roof.device);
                HOSTILE.clone_into(&mut found.artifact.checkpoint);
                found.execution["evidence"]["device"] = HOSTILE.into();
                for part in &mut found.components {
                    let samples = found.samples.remove(&format!("{}_ms", part.name));
                    part.name = format!("{}{HOSTILE}", part.name);
                    found
                        .samples
                        .insert(format!("{}_ms", part.name), samples.unwrap_or_default());
                }
            }
            Outcome::Simulated(found) => found.profile = Some(HOSTILE.to_owned()),
            Outcome::Failed { kind, error } => {
                (*kind, *error) = (HOSTILE.to_owned(), HOSTILE.repeat(20));
            }
            Outcome::Skipped { reason, .. } => HOSTILE.clone_into(reason),
        }
    }
    rows
}
