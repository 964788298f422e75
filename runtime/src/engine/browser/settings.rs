//! The settings that a page can hand on to ONNX Runtime, and those it cannot.

use serde_json::{Value, json};

use crate::catalog::Platform;
use crate::engine::settings::{SettingError, Settings};

/// Settings as `InferenceSession.create` of onnxruntime-web takes them. Whether idle threads spin says nothing here, for there
/// is one thread; nor do huge pages, which a page does not choose.
///
/// # Errors
/// [`SettingError::Unsupported`] for one that no page has.
pub(super) fn of_page(platform: Platform, settings: &Settings) -> Result<Value, SettingError> {
    let told = settings.differing();
    let refused = |setting| {
        let value = told.iter().find(|(name, _)| *name == setting);
        value.map(|(_, value)| value.clone())
    };
    let obstacles = [
        (
            "threads",
            settings.threads > 1,
            "a page runs ONNX Runtime on one thread, and the work on the browser's device; leave it out",
        ),
        (
            "io-binding",
            settings.has_io_binding,
            "onnxruntime-web binds no memory; leave it out",
        ),
        (
            "affinity",
            !settings.affinity.is_empty(),
            "a browser's processes are not this one; leave it out, and start the command with `taskset`",
        ),
    ];
    for (setting, is_obstacle, reason) in obstacles {
        if is_obstacle {
            return Err(SettingError::Unsupported {
                platform,
                setting,
                value: refused(setting).unwrap_or_default(),
                reason,
            });
        }
    }
    Ok(json!({
        "graphOptimizationLevel": settings.optimization.name(),
        "enableCpuMemArena": settings.has_arena,
        "enableMemPattern": settings.has_arena,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::settings::GraphOptimization;

    #[test]
    fn settings_reach_the_page_or_are_refused() {
        let basic = Settings {
            optimization: GraphOptimization::Basic,
            has_arena: false,
            ..Settings::default()
        };
        let told = of_page(Platform::WebNn, &basic).unwrap();
        assert_eq!(told["graphOptimizationLevel"], "basic");
        assert_eq!(told["enableCpuMemArena"], false);
        for settings in [
            Settings {
                threads: 2,
                ..Settings::default()
            },
            Settings {
                has_io_binding: true,
                ..Settings::default()
            },
            Settings {
                affinity: vec![0],
                ..Settings::default()
            },
        ] {
            let (name, value) = settings.differing().remove(0);
            let refused = of_page(Platform::WebNn, &settings).unwrap_err().to_string();
            let told = format!("the setting `{name}` cannot be `{value}` on webnn: ");
            assert!(refused.starts_with(&told), "{refused}");
        }
    }
}
