//! Generates: locates, loads, selects, plans, and then writes, compares or shows.

use std::path::Path;
use std::process::ExitCode;

use super::flags::{Format, GenerateFlags, ModelFlags, PlatformChoice};
use super::outcome::Outcome;
use super::terminal;
use super::{diff, query, test_run};
use crate::error::{Error, Result};
use crate::matrix::{self, Row};
use crate::registry::Platform;
use crate::render::Renderer;
use crate::select::{Filter, Selection};
use crate::tree::{self, Disk, Kinds, Mode, Request};
use crate::write::{self, OutputLock};

/// Generates or lists as the flags ask for.
pub(super) fn run(flags: &GenerateFlags) -> Result<ExitCode> {
    if let Some(workers) = flags.max_workers {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(workers)
            .build_global();
        pool.map_err(|source| Error::Workers { workers, source })?;
    }
    let source = query::locate(&flags.source)?;
    if flags.check && source.is_embedded() {
        return Err(Error::EmbeddedCheck);
    }
    let registry = source.load_registry()?;
    let matrix = matrix::resolve(&registry);
    let selection = filter(flags).select(&matrix)?;
    let is_listing = flags.list_only
        || flags.list_families
        || flags.list_tasks
        || flags.export_registry.is_some();
    if is_listing && !flags.generate_missing {
        let runs = |row: &&Row<'_>| {
            selection
                .platforms
                .iter()
                .any(|platform| runs_on(row, *platform))
        };
        query::list(
            flags,
            &selection.of(&matrix).filter(runs).collect::<Vec<_>>(),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let output = source.output(flags.output_dir.as_deref())?;
    let templates = source.load_templates()?;
    let is_writing = !flags.check && !flags.dry_run && !is_listing;
    let waits = || {
        terminal::note(&format!(
            "another gen writes to {}; waiting",
            output.display()
        ));
    };
    let _lock = if is_writing {
        Some(OutputLock::acquire(&output, waits)?)
    } else {
        None
    };

    let request = request(flags, selection);
    let disk = Disk::scan(&output)?;
    let plan = tree::plan(
        &disk,
        &registry,
        &matrix,
        Renderer {
            templates: &templates,
        },
        &request,
    )?;
    if is_listing {
        let lacks_files = |row: &&Row<'_>| plan.lacks_cell_of(&row.model.id);
        let rows: Vec<&Row<'_>> = request.selection.of(&matrix).filter(lacks_files).collect();
        query::list(flags, &rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.dry_run && flags.format == Format::Text {
        terminal::print(&diff::unified(&plan))?;
    }
    if is_writing {
        write::apply(&disk, &plan)?;
    }
    let outcome = Outcome {
        plan: &plan,
        source: &source,
        output: &output,
        flags,
    };
    outcome.tell()?;
    if flags.run_tests && outcome.is_good() {
        let root = source.workspace().unwrap_or(Path::new("."));
        return test_run::run(root, &matrix, &request.selection);
    }
    Ok(if outcome.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn runs_on(row: &Row<'_>, platform: Platform) -> bool {
    row.cell(platform)
        .is_some_and(|cell| cell.support.value.is_supported())
}

fn request(flags: &GenerateFlags, selection: Selection) -> Request {
    // The platforms that are asked for again are rendered again, even where only missing files are asked for otherwise.
    let is_missing_only =
        flags.generate_missing && !flags.enhance_openvino && !flags.enhance_web_platforms;
    Request {
        selection,
        mode: if is_missing_only {
            Mode::Missing
        } else {
            Mode::Current
        },
        kinds: match (flags.skills_only, flags.tests_only) {
            (true, _) => Kinds::Skills,
            (_, true) => Kinds::Tests,
            (false, false) => Kinds::Both,
        },
        overwrites_edited: flags.overwrite_edited,
    }
}

fn filter(flags: &GenerateFlags) -> Filter {
    let mut platforms: Vec<Platform> = Vec::new();
    if !flags.platform.contains(&PlatformChoice::All) {
        platforms.extend(flags.platform.iter().filter_map(|choice| match choice {
            PlatformChoice::One(platform) => Some(*platform),
            PlatformChoice::All => None,
        }));
    }
    if flags.enhance_openvino {
        platforms.push(Platform::OpenVino);
    }
    if flags.enhance_web_platforms {
        platforms.extend([Platform::WebNn, Platform::WebGpu]);
    }
    let names = flags
        .generate
        .iter()
        .chain(&flags.batch_generate)
        .cloned()
        .collect();
    Filter {
        names,
        platforms,
        ..model_filter(&flags.models)
    }
}

/// The filter on models alone.
pub(super) fn model_filter(flags: &ModelFlags) -> Filter {
    Filter {
        models: flags.model.clone(),
        families: flags.family.clone(),
        tasks: flags.task.clone(),
        modalities: flags.category.clone(),
        is_key_only: flags.key_models_only,
        limit: flags.limit,
        ..Filter::default()
    }
}
