//! A browser as an engine: onnxruntime-web in a page of Chromium without a window, driven over two pipes.

mod assets;
mod error;
mod graph;
mod placement;
mod process;
mod protocol;
mod provider;
mod settings;
mod tensors;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use error::BrowserError;

use self::assets::Assets;
use self::graph::BrowserGraph;
use self::protocol::Connection;
use self::provider::Provider;
use super::{Engine, Executable, OpenOptions};
use crate::cache::Progress;
use crate::catalog::Platform;
use crate::distribution::{self, Browser, DistributionError, Library};
use crate::error::Error;

/// Time to open or run a graph: a WebGPU adapter in software compiles shaders for minutes.
const LIMIT: Duration = Duration::from_mins(10);

/// The one browser of the process; it is started once and reused until it fails or [`shut_down`] ends it.
static RUNNING: Mutex<Option<Arc<Page>>> = Mutex::new(None);

/// onnxruntime-web with one execution provider.
#[derive(Clone)]
pub struct BrowserEngine {
    provider: Provider,
    launch: Arc<Launch>,
    limit: Duration,
}

/// How the browser is started, and the one that is running.
struct Launch {
    browser: Browser,
    library: Library,
    /// The browser of this engine alone; `None` where it shares the process's.
    own: Option<Mutex<Option<Arc<Page>>>>,
}

/// A browser with a page that has loaded ONNX Runtime.
struct Page {
    connection: Mutex<Connection>,
    library: String,
    product: String,
    /// The WebGPU adapter, in the browser's words.
    adapter: Option<String>,
    has_webnn: bool,
    sessions: AtomicU64,
    /// Set when the browser is of no more use.
    is_gone: AtomicBool,
}

impl BrowserEngine {
    /// Finds browser and ONNX Runtime, and starts the browser unless this process has it running.
    ///
    /// # Errors
    /// [`Error::Distribution`] where one of them is not there, [`Error::Unavailable`] where the browser lacks the
    /// interface, [`Error::Browser`] where it does not start.
    pub fn load(platform: Platform, progress: &dyn Progress) -> Result<Self, Error> {
        let provider = Provider::of(platform)?;
        let policy = distribution::Policy::from_env()?;
        let library = distribution::web_runtime(&policy, progress)?;
        let browser = distribution::browser(&policy, progress)?;
        let launch = Launch {
            browser,
            library,
            own: None,
        };
        Self::on(launch, provider, LIMIT)
    }

    /// Starts a browser of its own, with a limit for each answer.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub fn start(
        platform: Platform,
        browser: &Browser,
        library: &Library,
        limit: Duration,
    ) -> Result<Self, Error> {
        let launch = Launch {
            browser: browser.clone(),
            library: library.clone(),
            own: Some(Mutex::new(None)),
        };
        Self::on(launch, Provider::of(platform)?, limit)
    }

    fn on(launch: Launch, provider: Provider, limit: Duration) -> Result<Self, Error> {
        let engine = Self {
            provider,
            launch: Arc::new(launch),
            limit,
        };
        let page = engine.page()?;
        let lacking = match provider.platform {
            Platform::WebNn => (!page.has_webnn).then_some("WebNN"),
            _ => page.adapter.is_none().then_some("WebGPU adapter"),
        };
        if let Some(interface) = lacking {
            return Err(Error::Unavailable {
                platform: provider.platform,
                reason: format!(
                    "{} has no {interface}; run `assay setup browser` and unset ASSAY_BROWSER for one that has",
                    page.product
                ),
            });
        }
        Ok(engine)
    }

    /// The page of the running browser; starts one where there is none, or none of use.
    fn page(&self) -> Result<Arc<Page>, Error> {
        let slot = self.launch.own.as_ref().unwrap_or(&RUNNING);
        let mut running = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = running.as_ref().filter(|page| !page.is_gone()) {
            return Ok(Arc::clone(page));
        }
        let Launch {
            browser, library, ..
        } = self.launch.as_ref();
        let page = Arc::new(Page::open(browser, library, self.limit)?);
        *running = Some(Arc::clone(&page));
        Ok(page)
    }
}

impl Engine for BrowserEngine {
    fn platform(&self) -> Platform {
        self.provider.platform
    }

    fn open(&self, model: &Path, options: &OpenOptions) -> Result<Box<dyn Executable>, Error> {
        Ok(Box::new(BrowserGraph::open(self, model, options)?))
    }

    fn takes_turns(&self) -> bool {
        true
    }
}

impl Page {
    fn open(browser: &Browser, library: &Library, limit: Duration) -> Result<Self, Error> {
        let modules = library.path.parent().unwrap_or(Path::new("."));
        let mut connection = Connection::open(browser, Assets::new(modules.to_owned()), limit)?;
        let load =
            "import('/page.js').then((page) => { globalThis.assay = page; return page.about(); })";
        let about = connection.evaluate("load onnxruntime-web", load, limit)?;
        let version = library.version.map_or_else(
            || library.path.display().to_string(),
            |version| format!("onnxruntime-web {version}"),
        );
        Ok(Self {
            library: version,
            product: connection.product.clone(),
            adapter: about["adapter"].as_str().map(str::to_owned),
            has_webnn: about["hasWebNn"] == true,
            connection: Mutex::new(connection),
            sessions: AtomicU64::new(0),
            is_gone: AtomicBool::new(false),
        })
    }

    /// Works with the page while nobody else does; `None` where the browser is of no more use.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, BrowserError>,
    ) -> Result<Option<T>, Error> {
        let mut connection = self.connection.lock().map_err(|_| Error::Poisoned)?;
        if self.is_gone() {
            return Ok(None);
        }
        let result = work(&mut connection);
        if result.as_ref().is_err_and(BrowserError::is_end) {
            // Before the next in turn has it: whoever needs a browser starts another.
            self.is_gone.store(true, Ordering::Relaxed);
        }
        Ok(Some(result?))
    }

    /// Number for a new session of the page.
    fn next(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    fn library(&self) -> &str {
        &self.library
    }

    /// Where a provider computes, in words.
    fn device(&self, provider: Provider) -> String {
        let device = match (provider.device, &self.adapter) {
            (Some(device), _) => format!("device type {device}"),
            (None, Some(adapter)) => format!("adapter {adapter}"),
            (None, None) => "no adapter".to_owned(),
        };
        format!("{device}, {}", self.product)
    }

    /// Whether the browser is of no more use.
    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }
}

/// Ends the process's browser once the last of its graphs is gone.
pub fn shut_down() {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.take();
}

/// Whether browser and ONNX Runtime for it are there, so that nothing has to be fetched.
///
/// # Errors
/// [`DistributionError::Package`] with what is missing.
pub fn is_at_hand(policy: &distribution::Policy) -> Result<(), DistributionError> {
    distribution::find_browser(policy)?;
    distribution::probe(Platform::WebNn, policy).library?;
    Ok(())
}
