//! Which Python files a commit has, and in which of them the working tree differs from HEAD.

use std::collections::BTreeMap;

use super::{Error, Repository, Scratch, raw};

/// The content of a file in git: the name of its blob.
pub type Blob = String;

/// What the working tree did to a file of HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The path from the root of the repository, with `/`.
    pub path: String,
    /// What HEAD has there; `None` for a file that git does not know yet.
    pub head: Option<Blob>,
    /// Whether it is gone.
    pub is_gone: bool,
}

impl Repository {
    /// The id of the commit that `name` means; `None` if it means none.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn commit(&self, name: &str) -> Result<Option<String>, Error> {
        // No branch begins so, but an option does.
        if name.is_empty() || name.starts_with('-') {
            return Ok(None);
        }
        match self.ask(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]) {
            Ok(id) => Ok(Some(id.trim_end().to_owned())),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commit where two branches parted; `None` if this clone knows none.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Error> {
        match self.ask(&["merge-base", one, other]) {
            Ok(id) => Ok(Some(id.trim_end().to_owned())),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The Python files in `folders` (paths inside the repository; an empty one is its root) of a
    /// commit or tree, and their contents.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn tree(&self, commit: &str, folders: &[String]) -> Result<BTreeMap<String, Blob>, Error> {
        Ok(listed(&self.ask(&question(commit, folders))?))
    }

    /// The Python files in `folders` in which the working tree differs from HEAD, those that git does
    /// not know yet and does not ignore included.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn touched(&self, folders: &[String]) -> Result<Vec<Touched>, Error> {
        let paths: Vec<String> = folders.iter().map(|folder| format!(":(top,literal){folder}")).collect();
        let asked = |command: &[&str]| {
            let mut asked: Vec<&str> = command.to_vec();
            asked.push("--");
            asked.extend(paths.iter().map(String::as_str));
            self.ask(&asked)
        };
        let differ = asked(&["diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "HEAD"])?;
        let unknown = asked(&["ls-files", "-z", "--others", "--exclude-standard", "--full-name"])?;
        let mut touched: Vec<Touched> = Vec::new();
        for (status, before, _, _, path) in raw::lines(&differ) {
            let head = Some(before).filter(|_| status != 'A');
            touched.push(Touched { path, head, is_gone: status == 'D' });
        }
        let new = unknown.split('\0').filter(|path| !path.is_empty());
        touched.extend(new.map(|path| Touched { path: path.to_owned(), head: None, is_gone: false }));
        touched.retain(|file| file.path.ends_with(".py"));
        Ok(touched)
    }
}

impl Scratch<'_> {
    /// The same as [`Repository::tree`], for a tree that a simulation made.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn tree(&self, tree: &str, folders: &[String]) -> Result<BTreeMap<String, Blob>, Error> {
        Ok(listed(&self.ask(&question(tree, folders), "")?.0))
    }

    /// The same as [`Repository::blobs`], with those that a simulation made.
    ///
    /// # Errors
    /// git did not answer in time, or not at all.
    pub fn blobs(&self, blobs: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        Repository::blobs_by(blobs, |arguments, input| Ok(self.bytes(arguments, input)?.0))
    }
}

fn question<'q>(commit: &'q str, folders: &'q [String]) -> Vec<&'q str> {
    let mut asked = vec!["ls-tree", "-r", "-z", "--full-tree", commit, "--"];
    // Without any path it lists everything, which is what the root means.
    if folders.iter().all(|folder| !folder.is_empty()) {
        asked.extend(folders.iter().map(String::as_str));
    }
    asked
}

/// `<mode> blob <blob>\t<path>`; links and submodules are no files.
fn listed(answer: &str) -> BTreeMap<String, Blob> {
    let entries = answer.split('\0').filter_map(|entry| {
        let (meta, path) = entry.split_once('\t')?;
        let words: Vec<&str> = meta.split(' ').collect();
        let [mode, "blob", blob] = words.as_slice() else { return None };
        (mode.starts_with("100") && path.ends_with(".py")).then(|| (path.to_owned(), (*blob).to_owned()))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_python_files_are_listed() {
        let answer = [
            "100644 blob aa	v/a 1.py",
            "120000 blob bb	v/link.py",
            "100755 blob cc	v/b.py",
            "100644 blob dd	v/x.txt",
            "",
        ];
        let listed = listed(&answer.join("\0"));
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["v/a 1.py", "v/b.py"]);
        assert_eq!(listed["v/b.py"], "cc");
    }
}
