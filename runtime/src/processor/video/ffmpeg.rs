//! The frames of MP4, `WebM` and AVI files, which the program ffmpeg decodes.
//!
//! Its messages and its `-progress` lines are documented at <https://ffmpeg.org/ffmpeg.html>; pictures come as portable
//! pixmaps, `P6` (<https://netpbm.sourceforge.net/doc/ppm.html>).

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::MAX_FRAMES;
use crate::processor::ProcessorError;
use crate::processor::image::{Picture, check_size};

/// The environment variable that names the program where it is not on the search path.
pub(super) const VARIABLE: &str = "ASSAY_FFMPEG";
/// The most that is kept of what the program complains of.
const MOST_WORDS: u64 = 4096;
/// The longest line of a picture's header.
const MOST_HEADER: u64 = 64;

/// Whether a file begins as the containers do that ffmpeg is asked to read.
pub(super) fn is_container(head: &[u8]) -> bool {
    const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];
    head.get(4..8) == Some(b"ftyp")
        || head.starts_with(EBML)
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI "))
}

/// A video file and the program that reads it.
pub(super) struct Reader<'p> {
    program: OsString,
    path: &'p Path,
}

impl<'p> Reader<'p> {
    /// The program that the environment names, else the one on the search path.
    pub(super) fn of(path: &'p Path) -> Self {
        let named = env::var_os(VARIABLE).filter(|named| !named.is_empty());
        Self::by(named.unwrap_or_else(|| "ffmpeg".into()), path)
    }

    /// A program of this name.
    pub(super) fn by(program: impl Into<OsString>, path: &'p Path) -> Self {
        Self {
            program: program.into(),
            path,
        }
    }

    /// Number of frames, at most one more than a video may have.
    pub(super) fn count(&self) -> Result<usize, ProcessorError> {
        let most = (MAX_FRAMES + 1).to_string();
        let end = ["-frames:v", &most, "-f", "null", "-progress", "pipe:1", "-"];
        let mut running = self.start(&end)?;
        let mut count = 0;
        for line in BufReader::new(running.output()?).lines() {
            let line = line.map_err(|source| self.broken(source))?;
            // Each report holds the number so far.
            if let Some(frames) = line.strip_prefix("frame=") {
                count = frames.trim().parse().unwrap_or(count);
            }
        }
        running.finish(self)?;
        Ok(count)
    }

    /// The frames at these places, which ascend.
    pub(super) fn pick(&self, wanted: &[usize]) -> Result<Vec<Picture>, ProcessorError> {
        let mut places = wanted.to_vec();
        places.dedup();
        let chosen: Vec<_> = places
            .iter()
            .map(|place| format!("eq(n\\,{place})"))
            .collect();
        let filter = format!("select={}", chosen.join("+"));
        let most = places.len().to_string();
        let end = [
            "-vf",
            &filter,
            "-fps_mode",
            "passthrough",
            "-frames:v",
            &most,
            "-f",
            "image2pipe",
            "-c:v",
            "ppm",
            "-pix_fmt",
            "rgb24",
            "-",
        ];
        let mut running = self.start(&end)?;
        let mut output = BufReader::new(running.output()?);
        let pictures = self.pictures(&mut output, wanted);
        drop(output);
        match pictures {
            // Where its output broke off the program says why.
            Err(ProcessorError::Read { .. }) | Ok(_) => running.finish(self)?,
            Err(_) => {}
        }
        pictures
    }

    /// Starts the program on the file's first video track; nothing but a file of this machine can be what it reads.
    fn start(&self, end: &[&str]) -> Result<Running, ProcessorError> {
        let mut child = Command::new(&self.program)
            .args([
                "-nostdin",
                "-v",
                "error",
                "-protocol_whitelist",
                "file,pipe",
                "-i",
            ])
            .arg(file_url(self.path))
            .args(["-map", "0:v:0", "-an", "-sn"])
            .args(end)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| ProcessorError::NoFrameReader {
                path: self.path.to_owned(),
                program: PathBuf::from(&self.program),
                variable: VARIABLE,
                source,
            })?;
        let errors = child.stderr.take();
        let words = thread::spawn(move || errors.map_or_else(String::new, beginning));
        Ok(Running {
            child,
            words: Some(words),
        })
    }

    /// The pictures that the program writes for places that ascend.
    fn pictures(
        &self,
        output: &mut BufReader<ChildStdout>,
        wanted: &[usize],
    ) -> Result<Vec<Picture>, ProcessorError> {
        let mut pictures: Vec<Picture> = Vec::with_capacity(wanted.len());
        for (index, place) in wanted.iter().enumerate() {
            let is_again = index > 0 && wanted[index - 1] == *place;
            let picture = match pictures.last() {
                Some(last) if is_again => last.clone(),
                _ => self.picture(output)?,
            };
            pictures.push(picture);
        }
        Ok(pictures)
    }

    /// The next picture that the program writes.
    fn picture(&self, output: &mut BufReader<ChildStdout>) -> Result<Picture, ProcessorError> {
        let kind = self.line(output)?;
        let size = self.line(output)?;
        let most = self.line(output)?;
        let sides = size
            .split_once(' ')
            .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let (Some((width, height)), "P6", "255") = (sides, kind.as_str(), most.as_str()) else {
            let found = format!("ffmpeg wrote no portable pixmap but `{kind}`, `{size}`, `{most}`");
            return Err(self.unread(found));
        };
        let (width, height): (usize, usize) = (width, height);
        check_size(&self.path.display().to_string(), width, height)?;
        let mut rgb = vec![0; width * height * 3];
        output
            .read_exact(&mut rgb)
            .map_err(|source| self.broken(source))?;
        Picture::from_rgb(width, height, rgb)
    }

    /// A line of a picture's header.
    fn line(&self, output: &mut BufReader<ChildStdout>) -> Result<String, ProcessorError> {
        let mut line = Vec::new();
        output
            .by_ref()
            .take(MOST_HEADER)
            .read_until(b'\n', &mut line)
            .map_err(|source| self.broken(source))?;
        if line.is_empty() {
            return Err(self.broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn broken(&self, source: std::io::Error) -> ProcessorError {
        ProcessorError::Read {
            path: self.path.to_owned(),
            source,
        }
    }

    fn unread(&self, reason: String) -> ProcessorError {
        ProcessorError::FrameReader {
            path: self.path.to_owned(),
            reason,
        }
    }
}

/// The file as the program takes it, whatever its name begins with.
fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// The beginning of what a program says; the rest is read too, so that it does not wait for a reader.
fn beginning(mut errors: ChildStderr) -> String {
    let mut words = Vec::new();
    errors
        .by_ref()
        .take(MOST_WORDS)
        .read_to_end(&mut words)
        .ok();
    io::copy(&mut errors, &mut io::sink()).ok();
    String::from_utf8_lossy(&words).trim().to_owned()
}

/// The program while it runs; it ends with the value.
struct Running {
    child: Child,
    words: Option<JoinHandle<String>>,
}

impl Running {
    fn output(&mut self) -> Result<ChildStdout, ProcessorError> {
        let taken = self.child.stdout.take();
        taken.ok_or(ProcessorError::EmptyBatch)
    }

    /// Waits for the end, which must be a good one.
    fn finish(&mut self, reader: &Reader<'_>) -> Result<(), ProcessorError> {
        let status = self.child.wait().map_err(|source| reader.broken(source))?;
        let words = self.words.take().and_then(|words| words.join().ok());
        match words.filter(|words| !words.is_empty()) {
            _ if status.success() => Ok(()),
            Some(words) => Err(reader.unread(words)),
            None => Err(reader.unread(format!("ffmpeg ended with {status}"))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that stands in for ffmpeg: it keeps its arguments and does what the script says.
    fn program(dir: &Path, script: &str) -> PathBuf {
        let program = dir.join("ffmpeg");
        let arguments = dir.join("arguments");
        let text = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n{script}\n",
            arguments.display()
        );
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn frames_are_counted_and_picked_by_their_places() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("-clip.mp4");
        let counting = program(
            dir.path(),
            "echo frame=3; echo progress=continue; echo frame=12",
        );
        assert_eq!(Reader::by(counting, &path).count().unwrap(), 12);
        let arguments = fs::read_to_string(dir.path().join("arguments")).unwrap();
        assert!(
            arguments.contains(&format!("file:{}\n", path.display())),
            "{arguments}"
        );

        let script = "printf 'P6\\n2 1\\n255\\nabcdef'; printf 'P6\\n2 1\\n255\\nghijkl'";
        let picking = program(dir.path(), script);
        let pictures = Reader::by(picking, &path).pick(&[0, 0, 7]).unwrap();
        let bytes: Vec<_> = pictures.iter().map(Picture::rgb).collect();
        assert_eq!(bytes, [b"abcdef", b"abcdef", b"ghijkl"]);
        let arguments = fs::read_to_string(dir.path().join("arguments")).unwrap();
        assert!(
            arguments.contains("select=eq(n\\,0)+eq(n\\,7)\n"),
            "{arguments}"
        );
    }

    #[test]
    fn what_goes_wrong_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clip.mp4");
        let absent = Reader::by(dir.path().join("absent"), &path)
            .count()
            .unwrap_err();
        assert!(
            matches!(absent, ProcessorError::NoFrameReader { .. }),
            "{absent}"
        );
        assert!(absent.to_string().contains("ASSAY_FFMPEG"), "{absent}");
        for (script, expected) in [
            (
                "echo 'moov atom not found' >&2; exit 1",
                "moov atom not found",
            ),
            (
                "printf 'P6\\n2 1\\n255\\nabc'",
                "failed to fill whole buffer",
            ),
            ("printf 'P6\\n2 1\\n65535\\nabc'", "no portable pixmap"),
            ("printf 'P6\\n99999 99999\\n255\\nabc'", "99999"),
            ("head -c 200000 /dev/zero | tr '\\0' x >&2; exit 3", "xxxx"),
        ] {
            let error = Reader::by(program(dir.path(), script), &path)
                .pick(&[0])
                .unwrap_err();
            let told = format!("{error}: {:?}", std::error::Error::source(&error));
            assert!(told.contains(expected), "{script}: {told}");
        }
    }

    #[test]
    fn containers_are_known_by_their_first_bytes() {
        assert!(is_container(b"\0\0\0\x20ftypisom"));
        assert!(is_container(b"\x1a\x45\xdf\xa3...."));
        assert!(is_container(b"RIFF\0\0\0\0AVI LIST"));
        assert!(!is_container(b"RIFF\0\0\0\0WEBPVP8 "));
        assert!(!is_container(b"GIF89a"));
        assert!(!is_container(b""));
    }
}
