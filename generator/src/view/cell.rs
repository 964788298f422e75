//! What the templates of a cell see: its skill and its test.

use serde::Serialize;

use super::aggregate::profiles_constant;
use super::task::task_type;
use crate::matrix::{Cell, Placement, Row};
use crate::registry::{Grade, GraphForm, KvCache, Lengths, Platform, module_name};

/// A cell and its skill.
#[derive(Debug, Serialize)]
pub struct SkillView<'a> {
    model: &'a str,
    title: &'a str,
    platform: &'static str,
    platform_title: &'a str,
    platform_variant: &'static str,
    /// Type of the task; `None` where the cell is unsupported and so has no skill.
    task: Option<&'static str>,
    /// What is used of `runtime::catalog`, sorted.
    imports: Vec<&'static str>,
    support: &'static str,
    reason: Option<&'a str>,
    grade: Option<&'static str>,
    precisions: Vec<&'static str>,
    placement: &'static str,
    partial: Option<Partial<'a>>,
    /// Form of the graphs; `None` for that of hub exports.
    graph: Option<GraphView>,
    /// Constant with the profiles of the platform; `None` where it has none.
    profiles: Option<String>,
}

/// A demand on placement that is weaker than the whole graph.
#[derive(Debug, Serialize)]
struct Partial<'a> {
    nodes: f64,
    reason: &'a str,
}

/// A form of graphs that is not that of hub exports.
#[derive(Debug, Serialize)]
struct GraphView {
    ids: &'static str,
    kv_cache: &'static str,
    /// Places of a fixed cache.
    places: Option<u32>,
    /// Lengths of static shapes.
    lengths: Option<LengthsView>,
}

/// Lengths of static shapes.
#[derive(Debug, Serialize)]
struct LengthsView {
    batch: u32,
    tokens: u32,
    samples: Option<u32>,
}

impl GraphView {
    fn new(form: GraphForm) -> Option<Self> {
        if form.is_hub() {
            return None;
        }
        let Lengths {
            batch,
            tokens,
            cache,
            samples,
        } = form.lengths;
        let kv_cache = form.kv_cache();
        Some(Self {
            ids: form.ids().variant(),
            kv_cache: kv_cache.map_or("Growing", KvCache::variant),
            places: (kv_cache == Some(KvCache::Fixed)).then_some(cache),
            lengths: form.is_static().then_some(LengthsView {
                batch,
                tokens,
                samples,
            }),
        })
    }
}

impl<'a> SkillView<'a> {
    /// The view of one cell of a model.
    #[must_use]
    pub fn new(row: &Row<'a>, cell: &Cell<'a>) -> Self {
        let support = cell.support.value;
        let platform = cell.platform.content.platform;
        let partial = match cell.placement.value {
            Placement::Whole => None,
            Placement::Partial { nodes, reason } => Some(Partial { nodes, reason }),
        };
        let grade = cell.grade.value.map(Grade::variant);
        let graph = GraphView::new(cell.graph.value);
        let mut imports = vec!["Cell", "GraphForm", "Placement", "Platform", "Support"];
        if let Some(graph) = &graph {
            imports.extend(["IdWidth", "KvCache"]);
            imports.extend(graph.lengths.as_ref().map(|_| "Lengths"));
        }
        imports.extend(grade.map(|_| "Grade"));
        imports.extend(cell.precisions.value.first().map(|_| "Precision"));
        imports.sort_unstable();
        Self {
            model: &row.model.id,
            title: &row.model.title,
            platform: platform.name(),
            platform_title: &cell.platform.content.title,
            platform_variant: platform.variant(),
            task: support.is_supported().then(|| task_type(row.task)),
            imports,
            support: support.claim().variant(),
            reason: support.reason(),
            grade,
            precisions: cell
                .precisions
                .value
                .iter()
                .map(|precision| precision.variant())
                .collect(),
            placement: if partial.is_some() {
                "Partial"
            } else {
                "Whole"
            },
            partial,
            graph,
            profiles: profiles_constant(&cell.platform.content),
        }
    }
}

/// The checks of a cell.
#[derive(Debug, Serialize)]
pub struct TestView<'a> {
    model: &'a str,
    module: String,
    platform: &'static str,
    /// Whether there is a CPU beside it to compare with.
    has_cpu_beside: bool,
}

impl<'a> TestView<'a> {
    /// The view of one cell of a model.
    #[must_use]
    pub fn new(row: &Row<'a>, cell: &Cell<'a>) -> Self {
        let id = &row.model.id;
        Self {
            model: id,
            module: module_name(id),
            platform: cell.platform.content.platform.name(),
            has_cpu_beside: cell.platform.content.platform != Platform::Cpu,
        }
    }
}
