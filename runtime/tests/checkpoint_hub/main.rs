//! Checkpoints of the hub, from a server on this machine: what is fetched, what is found again, how it fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use runtime::cache::{Cache, Silent};
use runtime::catalog::{
    Architecture, Family, Group, Modality, Model, Resources, Synthetic, TaskName,
};
use runtime::checkpoint::{self, Checkpoint, CheckpointError, CheckpointSpec, Hub, Policy, Source};
use server::{COMMIT, Fault, ID, Server, TOKEN};
use tempfile::TempDir;

const FAMILY: Family = Family {
    id: "f",
    title: "F",
    group: Group::Embedding,
    modality: Modality::Text,
    architecture: Architecture {
        name: "f",
        recipe: None,
        reference: None,
        synthetic: Synthetic {
            config: "{}",
            preprocessor: None,
        },
    },
};

const MODEL: Model = Model {
    id: "m",
    title: "M",
    hub_id: ID,
    family: &FAMILY,
    task: TaskName::FeatureExtraction,
    is_key: false,
    is_default: true,
    reference: None,
    full: None,
    resources: Resources {
        parameters: 1,
        min_memory_mib: 1,
        recommended_memory_mib: 1,
        disk_mib: 1,
        cpu_cores: 1,
        batch: 1,
    },
};

/// A server and a machine without caches.
struct Place {
    server: Server,
    folder: TempDir,
    policy: Policy,
}

impl Place {
    fn new(files: BTreeMap<String, Vec<u8>>, fault: Fault) -> Self {
        let server = Server::start(files, fault);
        let folder = tempfile::tempdir().unwrap();
        let policy = Policy {
            cache: Cache::at(folder.path().join("assay")),
            reference: None,
            hub: Hub {
                endpoint: server.endpoint.clone(),
                cache: folder.path().join("hub"),
                token: None,
                is_offline: false,
                stall: Duration::from_secs(20),
            },
        };
        Self {
            server,
            folder,
            policy,
        }
    }

    fn resolve(&self, spec: &str) -> Result<Checkpoint, CheckpointError> {
        checkpoint::resolve(&spec.parse().unwrap(), &MODEL, &self.policy, &Silent)
    }

    /// The message with its causes, without what differs from run to run.
    fn message(&self, error: &CheckpointError) -> String {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text.replace(&self.folder.path().display().to_string(), "[folder]")
            .replace(&self.server.endpoint, "[endpoint]")
    }
}

/// The reference checkpoint of BERT as a repository, with what must not be fetched.
fn repository() -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/bert");
    let mut files: BTreeMap<String, Vec<u8>> = [
        "README.md",
        "pytorch_model.bin",
        "rust_model.ot",
        "2_x/model.pt",
    ]
    .map(|name| (name.to_owned(), b"never".to_vec()))
    .into();
    for name in [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
        "modules.json",
        "1_Pooling/config.json",
        "model.safetensors",
        "onnx/model.onnx",
    ] {
        files.insert(name.to_owned(), fs::read(root.join(name)).unwrap());
    }
    files
}

fn sharded(index: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = repository();
    files.remove("model.safetensors");
    for (name, bytes) in [
        ("model.safetensors.index.json", index),
        ("model-00001-of-00002.safetensors", "first"),
        ("model-00002-of-00002.safetensors", "second"),
    ] {
        files.insert(name.to_owned(), bytes.into());
    }
    files
}

#[test]
fn what_is_needed_is_fetched_once() {
    let place = Place::new(repository(), Fault::None);
    let fetched = place.resolve("hub").unwrap();
    assert_eq!(
        *fetched.source(),
        Source::Hub {
            id: ID.to_owned(),
            commit: COMMIT.to_owned()
        }
    );
    assert_eq!(fetched.identity(), "hub owner/model@0123456789ab");
    let files = repository();
    for name in [
        "config.json",
        "tokenizer.json",
        "1_Pooling/config.json",
        "model.safetensors",
    ] {
        assert_eq!(
            fs::read(fetched.file(name).unwrap()).unwrap(),
            files[name],
            "{name}"
        );
    }
    for name in [
        "README.md",
        "pytorch_model.bin",
        "rust_model.ot",
        "2_x/model.pt",
        "onnx/model.onnx",
    ] {
        assert_eq!(fetched.file(name), None);
        assert!(
            !place
                .server
                .requests()
                .iter()
                .any(|path| path.ends_with(name)),
            "{name}"
        );
    }

    let count = place.server.requests().len();
    for spec in [
        "hub",
        "hub:owner/model@main",
        &format!("hub:owner/model@{COMMIT}"),
    ] {
        let found = place.resolve(spec).unwrap();
        assert_eq!(found.root(), fetched.root());
        assert!(
            matches!(found.source(), Source::HubCache { commit: Some(commit), .. } if commit == COMMIT)
        );
    }
    assert_eq!(place.server.requests().len(), count);
}

#[test]
fn offline_only_the_cache_counts() {
    let mut place = Place::new(repository(), Fault::None);
    place.policy.hub.is_offline = true;
    let error = place.resolve("hub").unwrap_err();
    insta::assert_snapshot!(place.message(&error));
    place.policy.hub.is_offline = false;
    place.resolve("hub").unwrap();
    place.policy.hub.is_offline = true;
    place.resolve("hub").unwrap();
}

#[test]
fn a_gated_repository_wants_a_token() {
    let mut place = Place::new(repository(), Fault::Gated);
    let error = place.resolve("hub").unwrap_err();
    assert!(matches!(
        error,
        CheckpointError::HubRefused { status: 401, .. }
    ));
    insta::assert_snapshot!(place.message(&error));
    place.policy.hub.token = Some(TOKEN.to_owned());
    place.resolve("hub").unwrap();
}

#[test]
fn an_unknown_repository_or_revision_is_named() {
    let place = Place::new(repository(), Fault::None);
    let error = place.resolve("hub:owner/other").unwrap_err();
    assert!(
        matches!(error, CheckpointError::HubNotFound { .. }),
        "{error}"
    );
    let error = place.resolve("hub:owner/model@v9").unwrap_err();
    insta::assert_snapshot!(place.message(&error));
}

#[test]
fn a_truncated_body_is_noticed_and_resumed() {
    let place = Place::new(repository(), Fault::Truncated);
    let error = place.resolve("hub").unwrap_err();
    assert!(
        matches!(&error, CheckpointError::HubFailed { what, .. } if what == "model.safetensors"),
        "{error}"
    );
    place.server.behave(Fault::None);
    let checkpoint = place.resolve("hub").unwrap();
    let weights = fs::read(checkpoint.file("model.safetensors").unwrap()).unwrap();
    assert_eq!(weights, repository()["model.safetensors"]);
}

#[test]
fn an_altered_body_is_noticed_and_removed() {
    let place = Place::new(repository(), Fault::Altered);
    let error = place.resolve("hub").unwrap_err();
    assert!(
        matches!(&error, CheckpointError::HubAltered { what, .. } if what == "model.safetensors"),
        "{error}"
    );
    place.server.behave(Fault::None);
    let checkpoint = place.resolve("hub").unwrap();
    let weights = fs::read(checkpoint.file("model.safetensors").unwrap()).unwrap();
    assert_eq!(weights, repository()["model.safetensors"]);
}

#[test]
fn what_a_dead_process_left_does_no_harm() {
    let place = Place::new(repository(), Fault::Truncated);
    place.resolve("hub").unwrap_err();
    place.server.behave(Fault::None);
    let blobs = place.policy.hub.cache.join("models--owner--model/blobs");
    let parts: Vec<PathBuf> = fs::read_dir(blobs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "part"))
        .collect();
    assert_eq!(parts.len(), 1);
    // Whole, but never renamed.
    fs::write(&parts[0], &repository()["model.safetensors"]).unwrap();
    place.resolve("hub").unwrap();
}

#[test]
fn a_hub_that_falls_silent_is_given_up() {
    let mut place = Place::new(repository(), Fault::Stalled);
    place.policy.hub.stall = Duration::from_millis(300);
    let error = place.resolve("hub").unwrap_err();
    assert!(
        matches!(&error, CheckpointError::HubStalled { what, .. } if what == "model.safetensors"),
        "{error}"
    );
}

#[test]
fn a_hub_that_is_broken_or_absent_says_so() {
    let mut place = Place::new(repository(), Fault::Broken);
    let error = place.resolve("hub").unwrap_err();
    insta::assert_snapshot!(place.message(&error));
    // Nobody listens on the discard port.
    place.policy.hub.endpoint = "http://127.0.0.1:9".to_owned();
    let error = place.resolve("hub").unwrap_err();
    insta::with_settings!({filters => vec![(r" \(os error \d+\)", "")]}, {
        insta::assert_snapshot!(place.message(&error));
    });
}

#[test]
fn a_commit_that_is_none_is_refused() {
    let place = Place::new(repository(), Fault::OddCommit);
    let error = place.resolve("hub").unwrap_err();
    assert!(
        matches!(error, CheckpointError::HubSenseless { .. }),
        "{error}"
    );
}

#[test]
fn pickles_alone_are_refused() {
    let mut files = repository();
    files.remove("model.safetensors");
    let place = Place::new(files, Fault::None);
    let error = place.resolve("hub").unwrap_err();
    insta::assert_snapshot!(place.message(&error));
}

#[test]
fn shards_are_fetched_by_their_index() {
    let index = r#"{"weight_map": {"a": "model-00002-of-00002.safetensors", "b": "model-00001-of-00002.safetensors"}}"#;
    let place = Place::new(sharded(index), Fault::None);
    let checkpoint = place.resolve("hub").unwrap();
    let files = checkpoint.weight_files().unwrap();
    let texts: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(texts, ["first", "second"]);

    for shard in [
        "../../escaped.safetensors",
        "/etc/passwd",
        "pytorch_model.bin",
    ] {
        let place = Place::new(
            sharded(&format!(r#"{{"weight_map": {{"a": "{shard}"}}}}"#)),
            Fault::None,
        );
        let error = place.resolve("hub").unwrap_err();
        assert!(
            matches!(error, CheckpointError::ShardRefused { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_part_that_another_client_fetched_is_completed() {
    let place = Place::new(repository(), Fault::None);
    let fetched = place.resolve("hub").unwrap();
    fs::remove_file(fetched.root().join("model.safetensors")).unwrap();
    let completed = place.resolve("hub").unwrap();
    assert!(matches!(completed.source(), Source::Hub { .. }));
    assert_eq!(completed.weight_files().unwrap().len(), 1);
}

#[test]
fn a_package_in_the_cache_needs_no_hub() {
    let mut place = Place::new(repository(), Fault::Broken);
    place.policy.hub.is_offline = true;
    let root = place.policy.cache.root().join("checkpoints").join(ID);
    fs::create_dir_all(&root).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::write(root.join(name), &repository()[name]).unwrap();
    }
    let checkpoint = place.resolve("hub").unwrap();
    assert_eq!(checkpoint.root(), root);
    assert_eq!(checkpoint.identity(), "hub owner/model (from a package)");
    assert!(place.resolve("hub:owner/model@main").is_err());
}

#[test]
fn many_at_once_fetch_once() {
    let place = Place::new(repository(), Fault::None);
    let spec = CheckpointSpec::default();
    thread::scope(|scope| {
        let resolved = [0; 4]
            .map(|_| scope.spawn(|| checkpoint::resolve(&spec, &MODEL, &place.policy, &Silent)));
        for thread in resolved {
            thread.join().unwrap().unwrap();
        }
    });
    let requests = place.server.requests();
    let listings = requests
        .iter()
        .filter(|path| path.starts_with("/api/models/"));
    assert_eq!(listings.count(), 1);
}
