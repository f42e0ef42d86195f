//! What reading 1,000 revision files costs, against only fetching their bytes.
//!
//! Run with `cargo bench --bench reading`.
#![allow(clippy::unwrap_used, missing_docs)]

mod generated;

use std::fs;
use std::path::PathBuf;

use alembic_doctor::operation;
use alembic_doctor::project::{Project, VersionLocation};
use alembic_doctor::revision::{Depth, read};

fn main() {
    divan::main();
}

/// A folder with 1,000 revisions, and a project that points at it.
fn project() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    generated::write_revisions(folder.path(), 1_000);
    let here = VersionLocation { configured: ".".to_owned(), path: PathBuf::new(), exists: true };
    let project = Project::bare(folder.path().to_path_buf(), vec![here]);
    (folder, project)
}

#[divan::bench]
fn read_the_files_only(bencher: divan::Bencher<'_, '_>) {
    let (folder, _project) = project();
    bencher.bench_local(|| {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().map(|path| fs::read(path).unwrap().len()).sum::<usize>()
    });
}

#[divan::bench]
fn read_headers(bencher: divan::Bencher<'_, '_>) {
    let (_folder, project) = project();
    bencher.bench_local(|| read(&project, Depth::Headers));
}

#[divan::bench]
fn read_whole_files(bencher: divan::Bencher<'_, '_>) {
    let (_folder, project) = project();
    bencher.bench_local(|| read(&project, Depth::WholeFiles));
}

#[divan::bench]
fn read_operations(bencher: divan::Bencher<'_, '_>) {
    let (_folder, project) = project();
    let read = read(&project, Depth::Headers);
    let revisions: Vec<_> = read.revisions.iter().collect();
    bencher.bench_local(|| operation::read_all(&revisions));
}
