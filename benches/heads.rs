//! `alembic-doctor heads` against the real `alembic heads` and against only reading the files, in
//! one run, with the start of the process on all sides. Also what the other offline commands cost.
//!
//! Run with `cargo bench --bench heads`, or `cargo bench --bench heads -- 1000` for one size. No
//! time is asserted: times are for people to judge, on a machine that does nothing else.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod generated;
mod mixed;

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alembic_doctor::graph::Graph;
use alembic_doctor::project::{Project, VersionLocation};
use alembic_doctor::revision::{Depth, read};
use rayon::prelude::*;

const SIZES: [u32; 3] = [100, 1_000, 10_000];
const DOCTOR: &str = env!("CARGO_BIN_EXE_alembic-doctor");
/// The argument with which this program, started by itself, only reads the files of a folder.
const READ: &str = "read-only";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, folder] = arguments.as_slice()
        && what == READ
    {
        assert!(read_files(Path::new(folder)) > 0);
        return;
    }
    let python = python();
    if python.is_none() {
        println!("Without the real Alembic: there is no target/test-env. `cargo test harness` makes it.");
    }
    let asked: Vec<u32> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let columns: Vec<Vec<(&str, String)>> = sizes.iter().map(|size| measure(*size, python.as_deref())).collect();
    row("revisions", sizes.iter());
    for (place, (name, _)) in columns[0].iter().enumerate() {
        row(name, columns.iter().map(|column| &column[place].1));
    }
}

fn row(name: &str, cells: impl Iterator<Item = impl Display>) {
    println!("{name:<44}{}", cells.map(|cell| format!("{cell:>12}")).collect::<String>());
}

/// The cells of one column, with the names of their rows.
fn measure(count: u32, python: Option<&Path>) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let versions = folder.path().join("migrations/versions");
    fs::create_dir_all(&versions).unwrap();
    fs::write(folder.path().join("alembic.ini"), "[alembic]\nscript_location = %(here)s/migrations\n").unwrap();
    fs::write(folder.path().join("migrations/env.py"), "").unwrap();
    let bytes = generated::write_revisions(&versions, count);

    let in_folder = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let doctor = |command: &str| in_folder(Path::new(DOCTOR), &[command]);
    let reader = || in_folder(&std::env::current_exe().unwrap(), &[READ, versions.to_str().unwrap()]);

    let rounds = if count < 10_000 { 21 } else { 5 };
    // In turns, so that whatever else the machine does falls on all of them.
    let [reading, heads, history, graph, check, read_here] = medians(
        rounds,
        [
            &mut || run(&mut reader()),
            &mut || run(&mut doctor("heads")),
            &mut || run(&mut doctor("history")),
            &mut || run(&mut doctor("graph")),
            &mut || run(&mut doctor("check")),
            &mut || time(|| read_files(&versions)),
        ],
    );
    let (plan, depth) = plan_from_base(folder.path());
    assert_eq!(depth, count as usize);

    let mut cells = Vec::new();
    // Compiled files appear beside the revisions, so Alembic comes last.
    let alembic = python.map(|python| {
        let alembic = || in_folder(python, &["-m", "alembic", "heads"]);
        let mut fresh = || run(alembic().env("PYTHONDONTWRITEBYTECODE", "1"));
        let [fresh] = medians(3, [&mut fresh]);
        let [compiled] = medians(3, [&mut || run(&mut alembic())]);
        (fresh, compiled)
    });
    let or_none = |shown: Option<String>| shown.unwrap_or_else(|| "-".to_owned());
    let ratio = |a: Duration, b: Duration| format!("{:.1}", a.as_secs_f64() / b.as_secs_f64());
    let peak = peak_memory(doctor("heads"));
    cells.push(("alembic heads, on a fresh checkout, ms", or_none(alembic.map(|(fresh, _)| millis(fresh)))));
    cells
        .push(("alembic heads, all files compiled before, ms", or_none(alembic.map(|(_, compiled)| millis(compiled)))));
    cells.push(("only reading the files, ms", millis(reading)));
    cells.push(("only reading, without process start, ms", millis(read_here)));
    cells.push(("alembic-doctor heads, ms", millis(heads)));
    cells.push(("  times faster than alembic, fresh", or_none(alembic.map(|(fresh, _)| ratio(fresh, heads)))));
    cells.push(("  times faster than alembic, compiled", or_none(alembic.map(|(_, compiled)| ratio(compiled, heads)))));
    cells.push(("  times as long as only reading", ratio(heads, reading)));
    cells.push(("  peak memory, MB", or_none(peak.map(|peak| format!("{:.1}", peak as f64 / 1e6)))));
    cells.push(("  size of all files, MB", format!("{:.1}", bytes as f64 / 1e6)));
    cells.push(("alembic-doctor history, ms", millis(history)));
    cells.push(("alembic-doctor graph, ms", millis(graph)));
    cells.push(("alembic-doctor check, ms", millis(check)));
    let mixed = mixed(count, rounds);
    cells.push(("alembic-doctor check --all, all operations, ms", millis(mixed.check)));
    cells.push((
        "  times faster than alembic heads, compiled",
        or_none(alembic.map(|(_, heads)| ratio(heads, mixed.check))),
    ));
    cells.push(("  times as long as only reading", ratio(mixed.check, mixed.reading)));
    cells.push(("graph and upgrade plan from base, ms", millis(plan)));
    cells
}

/// What it costs to look into all operations.
struct Mixed {
    check: Duration,
    reading: Duration,
}

/// `check --all` on revisions with operations of all kinds, beside a process that only reads them.
fn mixed(count: u32, rounds: usize) -> Mixed {
    let folder = tempfile::tempdir().unwrap();
    let versions = folder.path().join("migrations/versions");
    fs::create_dir_all(&versions).unwrap();
    fs::write(folder.path().join("alembic.ini"), "[alembic]\nscript_location = %(here)s/migrations\n").unwrap();
    fs::write(folder.path().join("migrations/env.py"), "").unwrap();
    mixed::write_mixed_revisions(&versions, count);
    let command = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let this = std::env::current_exe().unwrap();
    let [check, reading] = medians(
        rounds,
        [&mut || run(&mut command(Path::new(DOCTOR), &["check", "--all"])), &mut || {
            run(&mut command(&this, &[READ, versions.to_str().unwrap()]))
        }],
    );
    Mixed { check, reading }
}

/// The medians of so many rounds; the first round is not counted.
fn medians<const N: usize>(rounds: usize, mut measured: [&mut dyn FnMut() -> Duration; N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for round in 0..=rounds {
        for (times, measured) in times.iter_mut().zip(&mut measured) {
            let time = measured();
            if round > 0 {
                times.push(time);
            }
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

fn run(command: &mut Command) -> Duration {
    time(|| assert!(command.status().unwrap().success(), "{command:?}"))
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// Reads the revision files of a folder as the doctor does: listed, sorted, on all cores.
fn read_files(folder: &Path) -> usize {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    paths.sort();
    paths.par_iter().map(|path| fs::read(path).unwrap().len()).sum()
}

/// What building the graph and planning `upgrade heads` for an empty database costs in memory,
/// and how many steps the plan has.
fn plan_from_base(folder: &Path) -> (Duration, usize) {
    let versions =
        VersionLocation { configured: "versions".to_owned(), path: PathBuf::from("migrations/versions"), exists: true };
    let project = Project::bare(folder.to_path_buf(), vec![versions]);
    let revisions = read(&project, Depth::Headers).revisions;
    let mut steps = 0;
    let time = time(|| steps = Graph::new(revisions).upgrade_plan(&[], "heads").unwrap().len());
    (time, steps)
}

/// The largest resident size in bytes, where GNU time can tell it.
fn peak_memory(measured: Command) -> Option<u64> {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M"]).arg(measured.get_program()).args(measured.get_args());
    let output = command.current_dir(measured.get_current_dir()?).stdout(Stdio::null()).output().ok()?;
    let kilobytes: u64 = String::from_utf8(output.stderr).ok()?.lines().last()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The Python of the test environment, if the tests have made it.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?.join("test-env/venv/bin/python");
    python.exists().then_some(python)
}
