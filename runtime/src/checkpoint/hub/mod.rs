//! Checkpoints of the Hugging Face hub: from a package, from the hub's cache, or fetched. The only module that
//! names `hf_hub`.

mod client;
mod files;

use std::path::PathBuf;

use hf_hub::{Cache, Repo, RepoType};

use super::{Checkpoint, CheckpointError, Hub, Policy, Source, folder};
use crate::cache::Progress;
use client::Client;

const DEFAULT_REVISION: &str = "main";

/// The checkpoint of a repository.
pub(super) fn resolve(
    id: &str,
    revision: Option<&str>,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    if revision.is_none()
        && let Some(root) = policy.cache.find(&format!("checkpoints/{id}"))?
    {
        let source = Source::HubCache {
            id: id.to_owned(),
            commit: None,
        };
        return Checkpoint::checked(root, source);
    }
    let revision = revision.unwrap_or(DEFAULT_REVISION);
    if let Some(checkpoint) = cached(id, revision, &policy.hub) {
        return Ok(checkpoint);
    }
    if policy.hub.is_offline {
        return Err(CheckpointError::HubOffline {
            id: id.to_owned(),
            cache: policy.hub.cache.clone(),
        });
    }
    // The client has locks of its own, which give up after some seconds; behind this one nobody meets them.
    let _lock = policy.cache.lock(&format!("hub/{id}"), progress)?;
    if let Some(checkpoint) = cached(id, revision, &policy.hub) {
        return Ok(checkpoint);
    }
    fetch(id, revision, &policy.hub, progress)
}

/// The repository in the hub's cache, if what is there is enough.
fn cached(id: &str, revision: &str, hub: &Hub) -> Option<Checkpoint> {
    let (root, commit) = snapshot(id, revision, hub)?;
    let is_prepared = files::PREPARATION
        .iter()
        .any(|name| root.join(name).is_file());
    let source = Source::HubCache {
        id: id.to_owned(),
        commit: Some(commit),
    };
    // Other clients of the hub fetch file by file, so the folder may hold a part only.
    Checkpoint::checked(root, source)
        .ok()
        .filter(|_| is_prepared)
}

/// The folder of a revision in the hub's cache, and its commit.
fn snapshot(id: &str, revision: &str, hub: &Hub) -> Option<(PathBuf, String)> {
    let cache = Cache::new(hub.cache.clone());
    let repo = cache.repo(repository(id, revision));
    let root = match repo.get("config.json") {
        Some(config) => config.parent()?.to_owned(),
        // A commit needs no reference.
        None => repo.pointer_path(revision),
    };
    let commit = root.file_name()?.to_str()?.to_owned();
    root.is_dir().then_some((root, commit))
}

fn fetch(
    id: &str,
    revision: &str,
    hub: &Hub,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    let client = Client::new(id, revision, hub)?;
    let listing = client.listing()?;
    let names: Vec<&str> = listing
        .siblings
        .iter()
        .map(|file| file.rfilename.as_str())
        .collect();
    let commit = listing.sha;
    for name in files::small(&names) {
        client.file(&commit, name, progress)?;
    }
    let cache = Cache::new(hub.cache.clone());
    let root = cache.repo(repository(id, &commit)).pointer_path(&commit);
    match files::weights(&names, &root)? {
        Some(weights) => {
            for name in weights {
                client.file(&commit, &name, progress)?;
            }
        }
        None => {
            return Err(CheckpointError::HubUnsafe {
                id: id.to_owned(),
                endpoint: hub.endpoint.clone(),
            });
        }
    }
    let checkpoint = Checkpoint::checked(
        root,
        Source::Hub {
            id: id.to_owned(),
            commit: commit.clone(),
        },
    )?;
    // Last, so that whoever finds the reference finds everything.
    cache
        .repo(repository(id, revision))
        .create_ref(&commit)
        .map_err(CheckpointError::file("write", &hub.cache))?;
    Ok(checkpoint)
}

fn repository(id: &str, revision: &str) -> Repo {
    Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned())
}
