//! Asks the hub, and watches that the answers come and are what was announced.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use hf_hub::Cache;
use hf_hub::api::sync::{Api, ApiBuilder, ApiError};
use hf_hub::api::{Progress as Listener, RepoInfo};

use super::{CheckpointError, Hub, repository};
use crate::cache::Progress;
use crate::sha256;

const POLL: Duration = Duration::from_millis(50);

/// A client of one revision of a repository.
pub(super) struct Client<'a> {
    id: &'a str,
    revision: &'a str,
    hub: &'a Hub,
    api: Api,
}

/// Counts what arrives.
struct Counter(Arc<AtomicU64>);

impl Listener for Counter {
    fn init(&mut self, _size: usize, _filename: &str) {}

    fn update(&mut self, size: usize) {
        self.0.fetch_add(size as u64, Ordering::Relaxed);
    }

    fn finish(&mut self) {}
}

impl<'a> Client<'a> {
    pub(super) fn new(
        id: &'a str,
        revision: &'a str,
        hub: &'a Hub,
    ) -> Result<Self, CheckpointError> {
        let api = ApiBuilder::from_cache(Cache::new(hub.cache.clone()))
            .with_endpoint(hub.endpoint.clone())
            .with_token(hub.token.clone())
            .with_progress(false)
            .build();
        let failed = |source| CheckpointError::HubFailed {
            id: id.to_owned(),
            endpoint: hub.endpoint.clone(),
            what: "anything".to_owned(),
            source: Box::new(source),
        };
        Ok(Self {
            id,
            revision,
            hub,
            api: api.map_err(failed)?,
        })
    }

    /// The files of a revision, and its commit.
    pub(super) fn listing(&self) -> Result<RepoInfo, CheckpointError> {
        const WHAT: &str = "the list of files";
        let repo = self.api.repo(repository(self.id, self.revision));
        let listing = self.watched(WHAT, &mut |_| {}, move |_| repo.info())?;
        // The commit becomes the name of a folder.
        if listing.sha.is_empty() || !listing.sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.senseless(WHAT));
        }
        Ok(listing)
    }

    /// Fetches a file into the hub's cache.
    pub(super) fn file(
        &self,
        commit: &str,
        name: &str,
        progress: &dyn Progress,
    ) -> Result<(), CheckpointError> {
        let repo = repository(self.id, commit);
        let cache = Cache::new(self.hub.cache.clone()).repo(repo.clone());
        if cache.pointer_path(commit).join(name).is_file() {
            return Ok(());
        }
        let (api, url) = (self.api.clone(), self.api.repo(repo.clone()).url(name));
        let announced = self.watched(name, &mut |_| {}, move |_| api.metadata(&url))?;
        let blob = cache.blob_path(announced.etag());
        let size_bytes = announced.size() as u64;
        // Asked to go on behind its end, the hub refuses; this is what remains of a process that died before renaming.
        let part = blob.with_extension("part");
        if fs::metadata(&part).is_ok_and(|part| part.len() >= size_bytes) {
            fs::remove_file(&part).map_err(CheckpointError::file("remove", &part))?;
        }

        progress.started(&format!("{}/{name}", self.id), Some(size_bytes));
        let (api, wanted) = (self.api.repo(repo), name.to_owned());
        let fetched = self.watched(
            name,
            &mut |bytes| progress.advanced(bytes),
            move |counter| api.download_with_progress(&wanted, Counter(counter)),
        );
        progress.finished();
        let path = fetched?;
        if let Err((expected, found)) = matches(&path, size_bytes, announced.etag())
            .map_err(CheckpointError::file("read", &path))?
        {
            for path in [&path, &blob] {
                // What cannot be removed is refused again next time.
                let _ = fs::remove_file(path);
            }
            return Err(CheckpointError::HubAltered {
                id: self.id.to_owned(),
                what: name.to_owned(),
                expected,
                found,
            });
        }
        Ok(())
    }

    /// Does `work` on a thread of its own and gives up when nothing arrives any more.
    ///
    /// The client has no timeouts. A thread that is given up stays with its socket until the process ends.
    fn watched<T: Send + 'static>(
        &self,
        what: &str,
        advanced: &mut dyn FnMut(u64),
        work: impl FnOnce(Arc<AtomicU64>) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, CheckpointError> {
        let counter = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = mpsc::channel();
        let counted = Arc::clone(&counter);
        thread::spawn(move || {
            // Nobody listens any more when the work was given up.
            let _ = sender.send(work(counted));
        });
        let mut seen_bytes = 0;
        let mut moved = Instant::now();
        loop {
            let answer = receiver.recv_timeout(POLL);
            let bytes = counter.load(Ordering::Relaxed);
            if bytes > seen_bytes {
                advanced(bytes - seen_bytes);
                seen_bytes = bytes;
                moved = Instant::now();
            }
            match answer {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(error)) => return Err(self.failed(what, error)),
                Err(RecvTimeoutError::Disconnected) => return Err(self.senseless(what)),
                Err(RecvTimeoutError::Timeout) if moved.elapsed() > self.hub.stall => {
                    return Err(CheckpointError::HubStalled {
                        id: self.id.to_owned(),
                        endpoint: self.hub.endpoint.clone(),
                        what: what.to_owned(),
                        seconds: self.hub.stall.as_secs(),
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn failed(&self, what: &str, source: ApiError) -> CheckpointError {
        let (id, endpoint) = (self.id.to_owned(), self.hub.endpoint.clone());
        match status(&source) {
            Some(status @ (401 | 403)) => CheckpointError::HubRefused {
                id,
                endpoint,
                status,
            },
            Some(404) => CheckpointError::HubNotFound {
                id,
                endpoint,
                revision: self.revision.to_owned(),
            },
            _ => CheckpointError::HubFailed {
                id,
                endpoint,
                what: what.to_owned(),
                source: match source {
                    ApiError::RequestError(source) => source,
                    source => Box::new(source),
                },
            },
        }
    }

    fn senseless(&self, what: &str) -> CheckpointError {
        CheckpointError::HubSenseless {
            id: self.id.to_owned(),
            endpoint: self.hub.endpoint.clone(),
            what: what.to_owned(),
        }
    }
}

/// The status the hub answered with; its client tells it in words only (`http status: 404`).
fn status(error: &ApiError) -> Option<u16> {
    let ApiError::RequestError(error) = error else {
        return None;
    };
    error
        .to_string()
        .strip_prefix("http status: ")?
        .parse()
        .ok()
}

/// Compares a file with its announced size and, for large files, whose tag is one, its sha256.
fn matches(path: &Path, size_bytes: u64, tag: &str) -> io::Result<Result<(), (String, String)>> {
    let mut file = File::open(path)?;
    let found_bytes = file.metadata()?.len();
    if found_bytes != size_bytes {
        let text = |bytes| format!("{bytes} bytes");
        return Ok(Err((text(size_bytes), text(found_bytes))));
    }
    if tag.len() != 64 || !tag.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Ok(()));
    }
    let (found, _) = sha256::of_all(&mut file)?;
    if found == tag {
        return Ok(Ok(()));
    }
    Ok(Err((format!("sha256 {tag}"), format!("sha256 {found}"))))
}
