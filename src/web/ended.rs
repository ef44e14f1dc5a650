//! The sign-ins that were ended, kept over a restart beside the sealing key: random ids and when they stop to matter,
//! nothing of a person.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::seal::SignInId;
use super::sign_ins::MAX_REMEMBERED;

/// How many lines the file may grow to before what has expired is left out; at 45 bytes a line that is 6 MB.
const MAX_LINES: usize = 2 * MAX_REMEMBERED;

/// The file: one line a sign-in, its id in hexadecimal and the second from which its cookie is too old anyway.
pub struct EndedFile {
    path: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    file: fs::File,
    lines: usize,
}

/// An ended sign-in, and from when its cookie is too old anyway.
pub type Ended = (SignInId, Timestamp);

impl EndedFile {
    /// Opens the file, or makes it, and gives what it holds, oldest first. Lines that say nothing are left out.
    pub fn open(path: &Path, now: Timestamp) -> io::Result<(Self, Vec<Ended>)> {
        let (open, ended) = Open::new(path, now)?;
        Ok((EndedFile { path: path.to_owned(), open: Mutex::new(open) }, ended))
    }

    /// Adds one. That it cannot be written is logged: the person has signed out all the same.
    pub fn append(&self, ended: Ended, now: Timestamp) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let written = open.append(ended).and_then(|()| {
            if open.lines > MAX_LINES {
                (*open, _) = Open::new(&self.path, now)?;
            }
            Ok(())
        });
        if let Err(error) = written {
            tracing::error!(file = %self.path.display(), %error, "a sign-out is not remembered over a restart");
        }
    }
}

impl Open {
    /// Reads the file and writes it anew, without what does not matter any more.
    fn new(path: &Path, now: Timestamp) -> io::Result<(Self, Vec<Ended>)> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut ended: Vec<Ended> = text.lines().filter_map(read).filter(|(_, until)| *until > now).collect();
        ended.drain(..ended.len().saturating_sub(MAX_REMEMBERED));
        let draft = path.with_extension(format!("ended-{}", std::process::id()));
        let mut file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&draft)?;
        file.set_len(0)?;
        file.write_all(ended.iter().map(line).collect::<String>().as_bytes())?;
        fs::rename(&draft, path)?;
        let lines = ended.len();
        Ok((Open { file, lines }, ended))
    }

    fn append(&mut self, ended: Ended) -> io::Result<()> {
        self.lines += 1;
        self.file.write_all(line(&ended).as_bytes())
    }
}

fn line((id, until): &Ended) -> String {
    format!("{:032x} {}\n", u128::from_be_bytes(id.0), until.as_second())
}

fn read(line: &str) -> Option<Ended> {
    let (id, until) = line.split_once(' ')?;
    let id = SignInId(u128::from_str_radix(id, 16).ok()?.to_be_bytes());
    Some((id, Timestamp::from_second(until.parse().ok()?).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_ended_is_known_again_until_it_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.ended");
        let (file, ended) = EndedFile::open(&path, at(0)).unwrap();
        assert!(ended.is_empty());
        let (first, second) = (SignInId([1; 16]), SignInId([0xfe; 16]));
        file.append((first, at(100)), at(1));
        file.append((second, at(200)), at(2));
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"half a li").unwrap();

        let known = |now| EndedFile::open(&path, at(now)).unwrap().1;
        assert!(known(50) == [(first, at(100)), (second, at(200))]);
        assert!(known(150) == [(second, at(200))]);
        assert!(known(50) == [(second, at(200))], "what is over is gone from the file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn the_file_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.ended");
        let (file, _) = EndedFile::open(&path, at(0)).unwrap();
        for number in 0..=MAX_LINES as u128 {
            file.append((SignInId(number.to_be_bytes()), at(100)), at(1));
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), MAX_REMEMBERED);
        let ended = EndedFile::open(&path, at(2)).unwrap().1;
        assert!(ended.last().unwrap().0 == SignInId((MAX_LINES as u128).to_be_bytes()), "the newest stay");
    }
}
