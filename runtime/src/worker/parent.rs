//! The parent's side: start a child, ask it, end it.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{EvaluateRequest, LoadRequest, Reply, Request, WorkerError, frame};
use crate::bench::{Case, Order, Outcome};
use crate::catalog::Platform;
use crate::contract::Proof;
use crate::peaks::DevicePeaks;
use crate::predict::Pace;
use crate::skill::{Answer, Ask};

/// Bytes of a child's standard error that are kept for the message when it dies.
const KEPT_STDERR: usize = 2000;

/// Time a child has to end once it was told to.
const PATIENCE: Duration = Duration::from_secs(2);

/// How to start a child.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Time it has for each answer.
    pub limit: Duration,
}

impl Launch {
    /// This program as a worker: `<program> worker <platform>`.
    ///
    /// # Errors
    /// [`WorkerError::Spawn`] where the path of the running program cannot be found.
    pub fn this_program(platform: Platform, limit: Duration) -> Result<Self, WorkerError> {
        let arguments = vec!["worker".into(), platform.name().into()];
        let program = std::env::current_exe().map_err(|source| WorkerError::Spawn {
            platform,
            program: "assay".into(),
            source,
        })?;
        Ok(Self {
            program,
            arguments,
            limit,
        })
    }

    /// The same for a child that knows these options of its platform from its start: some libraries read theirs then.
    #[must_use]
    pub fn with_options(mut self, options: &[String]) -> Self {
        for option in options {
            self.arguments.extend(["--option".into(), option.into()]);
        }
        self
    }
}

/// A child process that runs one platform. Dropping it ends the child.
pub struct Worker {
    platform: Platform,
    limit: Duration,
    child: Child,
    stdin: Option<ChildStdin>,
    replies: Receiver<io::Result<Option<Reply>>>,
    stderr: Option<JoinHandle<String>>,
}

impl Worker {
    /// Starts a child.
    ///
    /// # Errors
    /// [`WorkerError::Spawn`].
    pub fn start(platform: Platform, launch: &Launch) -> Result<Self, WorkerError> {
        let failed = |source| WorkerError::Spawn {
            platform,
            program: launch.program.clone(),
            source,
        };
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (sender, replies) = mpsc::channel();
        if let Some(stdout) = stdout {
            thread::spawn(move || {
                let mut pipe = BufReader::new(stdout);
                loop {
                    let message = frame::read::<Reply>(&mut pipe);
                    let is_last = !matches!(message, Ok(Some(_)));
                    if sender.send(message).is_err() || is_last {
                        return;
                    }
                }
            });
        }
        let stderr = stderr.map(|pipe| thread::spawn(move || tail(pipe)));
        Ok(Self {
            platform,
            limit: launch.limit,
            child,
            stdin,
            replies,
            stderr,
        })
    }

    /// Loads a skill in the child; returns its execution in words.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn load(&mut self, wanted: LoadRequest) -> Result<String, WorkerError> {
        match self.ask(&Request::Load(wanted))? {
            Reply::Loaded { execution } => Ok(execution),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Runs the loaded skill in the child.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn answer(&mut self, ask: Ask) -> Result<Answer, WorkerError> {
        match self.ask(&Request::Run(Box::new(ask)))? {
            Reply::Answer { text, json } => Ok(Answer { text, json }),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Makes in the child what loading a case needs and is kept.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn make_ready(&mut self, case: Case) -> Result<(), WorkerError> {
        match self.ask(&Request::MakeReady(Box::new(case)))? {
            Reply::Ready => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Measures a case in the child.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn measure(&mut self, order: Order) -> Result<Outcome, WorkerError> {
        match self.ask(&Request::Measure(Box::new(order)))? {
            Reply::Done(outcome) => Ok(*outcome),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Finds out in the child what a model comes to.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn prove(&mut self, model: &str, options: Vec<String>) -> Result<Proof, WorkerError> {
        let model = model.to_owned();
        match self.ask(&Request::Prove { model, options })? {
            Reply::Proved(proof) => Ok(proof),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Runs a graph once in the child; returns its execution in words.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn evaluate(&mut self, wanted: EvaluateRequest) -> Result<String, WorkerError> {
        match self.ask(&Request::Evaluate(wanted))? {
            Reply::Evaluated { execution } => Ok(execution),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Takes the time of a model's first example in the child; of kernels of one operator where no model is named.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn pace(
        &mut self,
        model: Option<&str>,
        options: Vec<String>,
    ) -> Result<Vec<Pace>, WorkerError> {
        let model = model.map(str::to_owned);
        match self.ask(&Request::Pace { model, options })? {
            Reply::Paced(found) => Ok(found),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Measures in the child what the platform's device reaches at most.
    ///
    /// # Errors
    /// Those of [`Worker::ask`].
    pub fn peaks(&mut self, options: Vec<String>) -> Result<DevicePeaks, WorkerError> {
        match self.ask(&Request::Peaks { options })? {
            Reply::Peaks(found) => Ok(found),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Asks and waits for the reply.
    ///
    /// # Errors
    /// [`WorkerError::Died`], [`WorkerError::Silent`], [`WorkerError::Garbage`], or [`WorkerError::Remote`] with the
    /// child's own error. After any but the last the child has ended.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, WorkerError> {
        let sent = self.stdin.as_mut().map(|pipe| frame::write(pipe, request));
        if !matches!(sent, Some(Ok(()))) {
            return Err(self.died());
        }
        match self.replies.recv_timeout(self.limit) {
            Ok(Ok(Some(Reply::Fault(fault)))) => Err(WorkerError::Remote {
                platform: self.platform,
                is_unavailable: fault.is_unavailable,
                message: fault.message,
            }),
            Ok(Ok(Some(reply))) => Ok(reply),
            Ok(Err(error)) => {
                self.end();
                Err(WorkerError::Garbage {
                    platform: self.platform,
                    reason: error.to_string(),
                })
            }
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => Err(self.died()),
            Err(RecvTimeoutError::Timeout) => {
                self.end();
                Err(WorkerError::Silent {
                    platform: self.platform,
                    limit: self.limit,
                })
            }
        }
    }

    /// A reply to another question than the one that was asked.
    fn unexpected(&self, reply: &Reply) -> WorkerError {
        WorkerError::Garbage {
            platform: self.platform,
            reason: format!("unexpected reply {reply:?}"),
        }
    }

    /// Ends the child and says how it ended.
    fn died(&mut self) -> WorkerError {
        self.stdin = None;
        let status = match self.child.wait() {
            Ok(status) => told(status),
            Err(error) => error.to_string(),
        };
        let stderr = self
            .stderr
            .take()
            .and_then(|reader| reader.join().ok())
            .unwrap_or_default();
        let stderr = stderr.trim();
        let stderr = if stderr.is_empty() {
            String::new()
        } else {
            format!(": {stderr}")
        };
        WorkerError::Died {
            platform: self.platform,
            status,
            stderr,
        }
    }

    /// Ends the child by force. It may have ended already, which is what is wanted.
    fn end(&mut self) {
        self.stdin = None;
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// How a process ended, with what that means where it is not plain.
fn told(status: ExitStatus) -> String {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) {
        return format!("{status}; Linux sends it when memory runs out");
    }
    status.to_string()
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.stdin.take() {
            // A child that is gone cannot be told; either way the wait below reaps it.
            frame::write(&mut stdin, &Request::Shutdown)
                .and_then(|()| stdin.flush())
                .ok();
        }
        if self.replies.recv_timeout(PATIENCE).is_err() {
            // No word and no end of the pipe in time.
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

/// The last bytes of a stream, read to its end.
fn tail(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..count]);
        let excess = kept.len().saturating_sub(KEPT_STDERR);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
