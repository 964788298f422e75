//! The browser's process: started with two pipes, ended with all its children and its profile.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::BrowserError;
use crate::distribution::Browser;

/// Longest message that is accepted, in bytes.
const LONGEST: u64 = 1 << 30;

/// Bytes of standard error that are kept for the message when it dies.
const KEPT_STDERR: u64 = 2000;

/// Time that processes have to be gone once they were ended by force.
const PATIENCE: Duration = Duration::from_secs(5);

/// The browser speaks over descriptors 3 and 4; a shell gives it the two pipes there, and removes the profile when the
/// browser is gone, even where this process has been killed: the browser ends when its pipe does.
const LAUNCHER: &str = r#"profile=$1; shift; "$@" 3<&0 4>&1 0</dev/null 1>/dev/null; status=$?; rm -rf "$profile"; exit $status"#;

/// Nothing but what is asked for: no window, no first run, no network of its own, and the two interfaces under test.
const FLAGS: [&str; 14] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Kernels of small machines and containers often forbid what the sandbox needs; the page loads local files alone.
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-renderer-backgrounding",
    "--enable-unsafe-webgpu",
    "--enable-features=WebMachineLearningNeuralNetwork",
];

/// A message of the browser, or what came in its place.
pub(super) type Message = Result<Value, String>;

/// A running browser. Dropping it ends the browser and its children.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    pub(super) messages: Receiver<Message>,
    stderr: File,
    profile: TempDir,
}

impl Process {
    /// Starts the browser with a new profile.
    pub(super) fn start(browser: &Browser) -> Result<Self, BrowserError> {
        let failed = |source| BrowserError::Spawn {
            program: browser.program.clone(),
            source,
        };
        let profile = tempfile::Builder::new()
            .prefix("assay-browser-")
            .tempdir()
            .map_err(failed)?;
        let stderr = tempfile::tempfile().map_err(failed)?;
        let mut command = Command::new("sh");
        command
            .args(["-c", LAUNCHER, "sh"])
            .arg(profile.path())
            .arg(&browser.program)
            .args(FLAGS)
            .arg(user_data(profile.path()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr.try_clone().map_err(failed)?);
        if let Some(libraries) = &browser.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // A group of its own, so that one signal reaches all its children.
            command.process_group(0);
        }
        let mut child = command.spawn().map_err(failed)?;
        let input = child.stdin.take();
        let (sender, messages) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                let mut pipe = BufReader::new(output);
                while let Some(message) = read(&mut pipe) {
                    let is_last = message.is_err();
                    if sender.send(message).is_err() || is_last {
                        break;
                    }
                }
                // The pipe is open as long as any of the browser's processes lives, and the channel as long as the pipe.
                io::copy(&mut pipe, &mut io::sink()).ok();
                drop(sender);
            });
        }
        Ok(Self {
            child,
            input,
            messages,
            stderr,
            profile,
        })
    }

    /// Sends one message: JSON and a zero byte.
    pub(super) fn send(&mut self, message: &Value) -> io::Result<()> {
        let Some(input) = &mut self.input else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut bytes = serde_json::to_vec(message)?;
        bytes.push(0);
        input.write_all(&bytes)?;
        input.flush()
    }

    /// Ends it, and tells how it ended and what it said last.
    pub(super) fn end(&mut self) -> (String, String) {
        // Where it ended by itself, its own status tells more than our signal.
        let ended = self.child.try_wait().ok().flatten();
        self.kill();
        let status = ended.map_or_else(|| self.child.wait(), Ok);
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let said = tail(&mut self.stderr).unwrap_or_default();
        let said = said.trim();
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        (status, said)
    }

    fn kill(&mut self) {
        self.input = None;
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            // The group lives on while any of its processes does, so the signal cannot reach another.
            kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
        }
        self.child.kill().ok();
        // The pipe ends when the last of them is gone.
        let deadline = Instant::now() + PATIENCE;
        while let Ok(_) | Err(RecvTimeoutError::Timeout) = self
            .messages
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if Instant::now() >= deadline {
                break;
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        self.child.wait().ok();
        // A child on its way out may still write into the profile once; what is left then is in the temporary folder.
        std::fs::remove_dir_all(self.profile.path()).ok();
    }
}

fn user_data(profile: &Path) -> PathBuf {
    let mut flag = std::ffi::OsString::from("--user-data-dir=");
    flag.push(profile);
    flag.into()
}

/// The next message; `None` at the end.
fn read(pipe: &mut impl BufRead) -> Option<Message> {
    let mut bytes = Vec::new();
    match pipe.by_ref().take(LONGEST).read_until(0, &mut bytes) {
        Ok(0) => None,
        Ok(_) if bytes.pop() != Some(0) => Some(Err("it ends inside a message".to_owned())),
        Ok(_) => Some(serde_json::from_slice(&bytes).map_err(|error| error.to_string())),
        Err(error) => Some(Err(error.to_string())),
    }
}

/// The last bytes of a file.
fn tail(file: &mut File) -> io::Result<String> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(KEPT_STDERR)))?;
    let mut bytes = Vec::new();
    file.take(KEPT_STDERR).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
