//! `plan` against what Alembic's command line leaves in a real version table, command by command.
//!
//! A graph is a list of lines such as `"a,b <- m @label +dependency"`; its files are loaded in the
//! order of their ids.

use serde_json::{Value, json};

use crate::support::alembic::Session;
use crate::support::postgres::newest;
use crate::support::sandbox::Sandbox;

/// Graphs, and commands that are run one after the other on one database.
const PATHS: [(&[&str], &[&str]); 26] = [
    (
        &["aaaa", "aaaa <- bbbb", "bbbb <- cccc"],
        &["upgrade +1", "upgrade head", "downgrade -1", "upgrade cc", "downgrade base"],
    ),
    (
        &["aaaa", "aaaa <- bbbb", "bbbb <- cccc"],
        &["stamp bbbb", "upgrade head", "stamp aaaa", "stamp base", "upgrade bbbb+1"],
    ),
    (
        &["aaaa", "aaaa <- bbbb"],
        &["upgrade +9", "upgrade nope", "downgrade -1", "upgrade head", "downgrade bbbb-9", "upgrade bbbb+9"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb"],
        &["upgrade head", "upgrade heads", "downgrade aaaa@-1", "downgrade rrrr", "upgrade +1"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb"],
        &["upgrade aaaa", "upgrade bbbb", "downgrade bbbb", "stamp rrrr", "stamp aaaa bbbb"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb", "aaaa,bbbb <- mmmm"],
        &["upgrade head", "downgrade -1", "upgrade mmmm", "downgrade rrrr"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb", "bbbb,aaaa <- mmmm"],
        &["upgrade aaaa", "upgrade head", "downgrade aaaa@-1", "downgrade base"],
    ),
    (
        &["aaaa", "bbbb", "cccc", "aaaa,bbbb,cccc <- mmmm"],
        &["upgrade mmmm", "downgrade mmmm-1", "downgrade aaaa@base", "upgrade heads"],
    ),
    (
        &["aaaa", "bbbb", "cccc", "dddd", "dddd,aaaa,cccc,bbbb <- mmmm"],
        &["upgrade heads", "downgrade dddd", "stamp base", "stamp heads"],
    ),
    (
        &["aaaa @alpha", "aaaa <- aaab", "bbbb @beta", "bbbb <- bbbc"],
        &["upgrade alpha@head", "upgrade beta@+1", "upgrade heads", "downgrade alpha@-1", "downgrade beta@base"],
    ),
    (
        &["aaaa @alpha", "aaaa <- aaab", "bbbb @beta +aaab", "bbbb <- bbbc"],
        &["upgrade beta@head", "downgrade alpha@-1", "upgrade heads", "downgrade alpha@base"],
    ),
    (
        &["aaaa @alpha", "aaaa <- aaab", "aaab <- aaac", "bbbb @beta +alpha", "bbbb <- bbbc +aaab"],
        &["upgrade bbbb", "upgrade aaac", "upgrade heads", "downgrade aaaa", "stamp heads"],
    ),
    (
        &["aaaa", "bbbb +aaaa", "aaaa <- aaab"],
        &["upgrade bbbb", "upgrade heads", "downgrade bbbb@-1", "downgrade base"],
    ),
    (&["aaaa", "bbbb +aaaa", "aaaa <- aaab"], &["stamp aaaa", "upgrade heads", "stamp aaaa", "stamp bbbb aaab"]),
    (
        &["aaaa", "bbbb", "bbbb <- cccc", "aaaa <- dddd +cccc +bbbb"],
        &["upgrade heads", "stamp aaaa cccc", "upgrade dddd"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "aaaa <- bbbb", "bbbb,aaaa <- mmmm"],
        &["upgrade head", "downgrade aaaa", "upgrade head", "downgrade base"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb", "aaaa,bbbb <- mmmm", "aaaa <- cccc"],
        &["upgrade mmmm", "upgrade cccc", "downgrade mmmm-1", "downgrade rrrr"],
    ),
    (
        &["rrrr @root", "rrrr <- aaaa @web", "rrrr <- bbbb"],
        &["upgrade web@head", "downgrade web@base", "upgrade root@+1", "upgrade heads"],
    ),
    (&["aaaa", "aaaa <- bbbb"], &["upgrade head", "downgrade typo@base", "downgrade base"]),
    (&["aaaa", "aaaa <- dddd"], &["stamp aaaa dddd", "upgrade head", "stamp dddd", "downgrade base"]),
    (&["aaaa", "aaaa <- bbbb", "bbbb <- cccc"], &["stamp aaaa cccc", "stamp bbbb", "downgrade aaaa", "downgrade base"]),
    (
        &["team", "team <- x001 @team-2024", "team <- x002"],
        &["upgrade team-2024@head", "stamp team-2024@head", "upgrade heads"],
    ),
    (
        &["aaaa", "bbbb", "aaaa,bbbb <- mmmm", "mmmm <- cccc +bbbb", "aaaa <- dddd +cccc"],
        &["upgrade heads", "downgrade mmmm", "downgrade cccc", "upgrade dddd"],
    ),
    (
        &["a0000", "a0000 <- a0001", "a0001 <- a0002", "a0002 <- a0003"],
        &["upgrade a0003-2", "upgrade a000", "upgrade head", "downgrade a0002-1"],
    ),
    (
        &["rrrr", "rrrr <- aaaa", "rrrr <- bbbb", "rrrr <- cccc", "cccc,aaaa,bbbb <- mmmm", "mmmm <- nnnn"],
        &["upgrade cccc", "upgrade mmmm", "upgrade +1", "downgrade bbbb@-1", "downgrade rrrr"],
    ),
    (
        &["aaaa", "bbbb", "bbbb <- bbbc +aaaa", "aaaa <- aaab +bbbb"],
        &["upgrade aaab", "upgrade heads", "downgrade bbbb", "downgrade base"],
    ),
];

#[test]
fn plan_knows_the_rows_that_sqlite_has_afterwards() {
    let mut alembic = Session::start("conformance/real_databases.py");
    let mut compared = 0;
    for (graph, commands) in PATHS {
        // A new database for each path; the file is the sandbox's own.
        let sandbox = project(graph).file("app.db", "");
        let url = format!("sqlite:///{}", sandbox.path().join("app.db").display());
        // Not a transaction for the whole run: what ran before a crash stays.
        compared += walk(&mut alembic, &sandbox.database_url(&url), &url, commands, false);
    }
    println!("{compared} commands compared on SQLite");
}

#[test]
fn plan_knows_the_rows_that_postgresql_has_afterwards() {
    let mut alembic = Session::start("conformance/real_databases.py");
    let mut compared = 0;
    for (graph, commands) in PATHS {
        let database = newest().database();
        let url = database.url().replace("postgresql://", "postgresql+psycopg://");
        compared += walk(&mut alembic, &project(graph).database_url(&url), &url, commands, true);
    }
    println!("{compared} commands compared on PostgreSQL");
}

/// Runs the commands one after the other; how many.
fn walk(alembic: &mut Session, sandbox: &Sandbox, url: &str, commands: &[&str], rolls_back: bool) -> usize {
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let (name, targets) = words.split_first().unwrap();
        let to = targets.iter().map(|target| format!("--to={target}"));
        let arguments: Vec<String> =
            ["plan", "--format", "json", "--direction", name].map(str::to_owned).into_iter().chain(to).collect();
        let run = sandbox.doctor(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{command}: {run}"));
        let plan = &document["plan"];

        // `--` keeps Alembic's own parser from taking `-1` for an option.
        let real_arguments: Vec<&str> = [*name, "--"].into_iter().chain(targets.iter().copied()).collect();
        let real = alembic.ask(&json!({"folder": sandbox.path(), "arguments": real_arguments, "url": url}));
        let what = format!("{command} from {}", plan["from"]);
        assert_eq!(plan["error"], real["stopped"], "end of {what}");
        let undone = rolls_back && !plan["error"].is_null();
        let expected = if undone { &plan["from"] } else { &plan["rows_after"] };
        assert_eq!(*expected, real["rows"], "rows after {what}");
        // Alembic does what it is told before it looks at the branch; we call that a mistake.
        let is_warned_of = targets.contains(&"typo@base");
        assert_eq!(run.code, Some(i32::from(!plan["error"].is_null() || is_warned_of)), "{what}: {run}");
    }
    commands.len()
}

fn project(graph: &[&str]) -> Sandbox {
    graph.iter().fold(Sandbox::with_project(), |sandbox, line| {
        let (parents, rest) = line.split_once(" <- ").unwrap_or(("", line));
        let down: Vec<&str> = parents.split(',').filter(|parent| !parent.is_empty()).collect();
        let mut words = rest.split(' ');
        let id = words.next().unwrap();
        let words: Vec<&str> = words.collect();
        let with = |sign: char| -> Vec<&str> { words.iter().filter_map(|word| word.strip_prefix(sign)).collect() };
        let header = format!("branch_labels = {:?}\ndepends_on = {:?}\n", with('@'), with('+'));
        sandbox.revision_with(id, &down, &header, "    pass")
    })
}
