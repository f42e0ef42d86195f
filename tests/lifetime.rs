//! Servers of a test run must not outlive it, however it ends.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::postgres::cluster::{self, Variant};
use crate::support::postgres::installation;

/// How [`hold_a_server`] ends; its presence tells that it was called by [`start_child`].
const ENDING: &str = "ALEMBIC_DOCTOR_TEST_ENDING";

#[test]
fn a_server_ends_when_the_test_process_returns() {
    let (mut child, folder) = start_child("return");
    child.wait().unwrap();
    assert_removed(&folder);
}

#[test]
fn a_server_ends_when_a_test_panics() {
    let (mut child, folder) = start_child("panic");
    assert!(!child.wait().unwrap().success());
    assert_removed(&folder);
}

#[test]
fn a_server_ends_when_the_test_process_aborts() {
    let (mut child, folder) = start_child("abort");
    assert!(!child.wait().unwrap().success());
    assert_removed(&folder);
}

#[test]
fn a_server_ends_when_the_test_process_is_killed() {
    let (mut child, folder) = start_child("wait");
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_removed(&folder);
}

/// Not a test of its own: the tests above run it in another process.
#[test]
#[ignore = "run in a process of its own by the other tests of this file"]
fn hold_a_server() {
    let ending = env::var(ENDING).expect("started by start_child");
    let installations = installation::find();
    let server = cluster::start(installations.first().expect("a PostgreSQL"), &Variant::default()).unwrap();
    println!("\nfolder: {}", server.folder.as_deref().unwrap().display());
    // As the real servers do, it lives in a static.
    Box::leak(Box::new(server));
    match ending.as_str() {
        "panic" => panic!("as asked"),
        "abort" => std::process::abort(),
        "wait" => drop(std::io::stdin().read(&mut [0])),
        _ => {}
    }
}

/// Starts [`hold_a_server`] and returns when its server runs, with the server's folder.
fn start_child(ending: &str) -> (Child, PathBuf) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "lifetime::hold_a_server", "--ignored", "--nocapture"]).env(ENDING, ending);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let folder = lines.find_map(|line| line.strip_prefix("folder: ").map(PathBuf::from)).expect("the server starts");
    // Nobody reads on, so the pipe must not fill: drain it.
    std::thread::spawn(move || lines.for_each(drop));
    (child, folder)
}

fn assert_removed(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let is_gone = || !folder.exists() && processes_naming(folder).is_empty();
    while !is_gone() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!folder.exists(), "{} is still there", folder.display());
    assert_eq!(processes_naming(folder), Vec::<String>::new());
}

/// The command lines of the running processes that name `folder`; known on Linux only.
fn processes_naming(folder: &Path) -> Vec<String> {
    let command_lines = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|process| {
        let line = std::fs::read(process.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).replace('\0', " "))
    });
    command_lines.filter(|line| line.contains(folder.to_str().unwrap())).collect()
}
