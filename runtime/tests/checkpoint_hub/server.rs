//! A hub on 127.0.0.1 that serves one folder under the hub's URLs, with the headers and redirects of the real one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// The commit it serves.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The repository it serves.
pub(crate) const ID: &str = "owner/model";
/// Whoever sends it is let in.
pub(crate) const TOKEN: &str = "let-me-in";

/// How the server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not at all.
    None,
    /// Every request without the token is refused.
    Gated,
    /// The body of the weights ends half-way.
    Truncated,
    /// The body of the weights has one byte changed.
    Altered,
    /// The body of the weights never comes.
    Stalled,
    /// The listing names a commit that is none.
    OddCommit,
    /// The server has an error of its own.
    Broken,
}

/// Serves until it is dropped.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    endpoint: String,
    files: BTreeMap<String, Vec<u8>>,
    fault: Mutex<Fault>,
    requests: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Server {
    pub(crate) fn start(files: BTreeMap<String, Vec<u8>>, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            endpoint: endpoint.clone(),
            files,
            fault: Mutex::new(fault),
            requests: Mutex::new(Vec::new()),
            is_over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            // The last connection is the one that `drop` makes.
            for stream in listener.incoming().map_while(Result::ok) {
                if of_thread.is_over.load(Ordering::SeqCst) {
                    break;
                }
                of_thread.answer(stream);
            }
        });
        Self {
            endpoint,
            shared,
            thread: Some(thread),
        }
    }

    pub(crate) fn behave(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// The paths asked for so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let address = self.endpoint.trim_start_matches("http://");
        drop(TcpStream::connect(address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

struct Request {
    path: String,
    range: Option<(usize, Option<usize>)>,
    has_token: bool,
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) {
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let Some(request) = read(&mut stream) else {
            return;
        };
        self.requests.lock().unwrap().push(request.path.clone());
        let fault = *self.fault.lock().unwrap();
        let (head, body) = self.respond(&request, fault);
        // A client that gave up has closed its end.
        let _ = stream.write_all(head.as_bytes());
        let is_weights = request.path.starts_with("/cdn/") && body.len() > 1;
        let sent = match fault {
            Fault::Truncated if is_weights => &body[..body.len() / 2],
            Fault::Stalled if is_weights => {
                thread::sleep(Duration::from_millis(800));
                &[]
            }
            _ => &body[..],
        };
        let _ = stream.write_all(sent);
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn respond(&self, request: &Request, fault: Fault) -> (String, Vec<u8>) {
        match fault {
            Fault::Gated if !request.has_token => return plain("401 Unauthorized", &[]),
            Fault::Broken => return plain("500 Internal Server Error", &[]),
            _ => {}
        }
        let commit = match fault {
            Fault::OddCommit => "../../escaped",
            _ => COMMIT,
        };
        if let Some(revision) = request
            .path
            .strip_prefix(&format!("/api/models/{ID}/revision/"))
        {
            if !["main", COMMIT].contains(&revision) {
                return plain("404 Not Found", &[]);
            }
            let names = self
                .files
                .keys()
                .map(|name| serde_json::json!({ "rfilename": name }));
            let listing =
                serde_json::json!({ "sha": commit, "siblings": names.collect::<Vec<_>>() });
            return plain("200 OK", listing.to_string().as_bytes());
        }
        if let Some(name) = request
            .path
            .strip_prefix(&format!("/{ID}/resolve/{COMMIT}/"))
        {
            return self.resolved(name, request);
        }
        let moved = ["/cdn/", "/api/resolve-cache/"];
        match moved
            .iter()
            .find_map(|prefix| request.path.strip_prefix(prefix))
        {
            Some(name) => self.content(name, request, fault),
            None => plain("404 Not Found", &[]),
        }
    }

    /// Large files lie elsewhere, some small ones in a cache of the same host, the others here.
    fn resolved(&self, name: &str, request: &Request) -> (String, Vec<u8>) {
        let Some(bytes) = self.files.get(name) else {
            return plain("404 Not Found", &[]);
        };
        if name.ends_with(".safetensors") {
            let head = format!(
                "HTTP/1.1 302 Found\r\nX-Repo-Commit: {COMMIT}\r\nX-Linked-Etag: \"{}\"\r\nLocation: {}/cdn/{name}\r\n",
                sha256(bytes),
                self.endpoint
            );
            return (ended(head, 0), Vec::new());
        }
        if name == "tokenizer.json" {
            let head = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /api/resolve-cache/tokenizer.json\r\n";
            return (ended(head.to_owned(), 0), Vec::new());
        }
        self.content(name, request, Fault::None)
    }

    fn content(&self, name: &str, request: &Request, fault: Fault) -> (String, Vec<u8>) {
        let Some(bytes) = self.files.get(name) else {
            return plain("404 Not Found", &[]);
        };
        let (start, end) = request.range.unwrap_or((0, None));
        let end = end.map_or(bytes.len(), |end| (end + 1).min(bytes.len()));
        if start >= end {
            return plain("416 Range Not Satisfiable", &[]);
        }
        let mut body = bytes[start..end].to_vec();
        if fault == Fault::Altered && body.len() > 1 {
            body[0] ^= 1;
        }
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nETag: \"{}\"\r\nX-Repo-Commit: {COMMIT}\r\nContent-Range: bytes {start}-{}/{}\r\n",
            &sha256(bytes)[..40],
            end - 1,
            bytes.len()
        );
        (ended(head, body.len()), body)
    }
}

fn plain(status: &str, body: &[u8]) -> (String, Vec<u8>) {
    (
        ended(format!("HTTP/1.1 {status}\r\n"), body.len()),
        body.to_vec(),
    )
}

fn ended(mut head: String, length: usize) -> String {
    write!(
        head,
        "Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    head
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    let range = header("range").and_then(|range| {
        let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, end.parse().ok()))
    });
    Some(Request {
        path,
        range,
        has_token: header("authorization") == Some(format!("Bearer {TOKEN}")),
    })
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
