//! Forks of two sides, generated from the statements in `sides.txt`, run by the real Alembic on a
//! real PostgreSQL in both orders, and through the merge that the doctor writes: what it says is
//! true, and where it claims to handle it, all databases end alike.

mod pair;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::support::alembic::Session;
use crate::support::announce;
use crate::support::postgres::newest;
use pair::{Merged, SIDES, both_orders, differences, merge, rest_of_the_way, through_the_merge};

const ROOT: &str = r#"
    op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(50)),
        sa.Column("email", sa.String(100)), sa.Column("age", sa.Integer()), sa.Column("legacy", sa.Text()),
        sa.UniqueConstraint("email", name="uq_users_email"))
    op.create_index("ix_users_age", "users", ["age"])
    op.create_table("groups", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("title", sa.Text()))
    op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id")), sa.Column("group_id", sa.Integer()))
    op.create_table("people", sa.Column("mood", sa.Enum("sad", "fine", name="mood")))
"#;

/// The project and its databases.
pub struct Lab {
    session: Session,
    folder: String,
}

impl Lab {
    fn ask(&mut self, question: &Value) -> Value {
        self.session.ask(question)
    }

    fn sides(&mut self, statements: [&str; 2]) {
        let texts: BTreeMap<&str, String> =
            SIDES.into_iter().zip(statements).map(|(id, statements)| (id, revision(id, "root", statements))).collect();
        self.ask(&json!({"command": "pair", "sides": texts}));
    }

    fn run(&mut self, database: usize, steps: &[&str]) -> Value {
        self.ask(&json!({"command": "run", "database": database, "steps": steps}))
    }

    fn go_on(&mut self, database: usize, steps: &[&str]) -> Value {
        self.ask(&json!({"command": "run", "database": database, "fresh": false, "steps": steps}))
    }
}

fn revision(id: &str, down: &str, statements: &str) -> String {
    let (upgrade, downgrade) = statements.split_once("\n~ ").unwrap();
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let down = if down.is_empty() { "None".to_owned() } else { format!("{down:?}") };
    format!(
        "\"\"\"{id}\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = {id:?}\n\
         down_revision = {down}\n\n\ndef upgrade():\n{}\n\ndef downgrade():\n{}",
        indented(upgrade),
        indented(downgrade)
    )
}

fn statements() -> Vec<&'static str> {
    include_str!("sides.txt").split("\n---\n").map(str::trim_end).collect()
}

/// Every statement with itself, and as many others as are wanted: first those that speak of the
/// same thing, spread over all.
fn pairs(others: usize) -> Vec<(usize, usize)> {
    let statements = statements();
    let count = statements.len();
    let mut pairs: Vec<(usize, usize)> = (0..count).map(|one| (one, one)).collect();
    let all: Vec<(usize, usize)> = (0..count).flat_map(|one| (one + 1..count).map(move |two| (one, two))).collect();
    let names = |at: usize| -> BTreeSet<&str> {
        let upgrade = statements[at].split("\n~ ").next().unwrap();
        let words = upgrade.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.len() > 3);
        words.filter(|word| NAMES.contains(word)).collect()
    };
    let (near, far): (Vec<_>, Vec<_>) = all.into_iter().partition(|(one, two)| !names(*one).is_disjoint(&names(*two)));
    for (some, wanted) in [(near, others * 5 / 6), (far, others / 6)] {
        let step = (some.len() / wanted.max(1)).max(1);
        pairs.extend(some.into_iter().step_by(step));
    }
    pairs
}

/// Pairs that random sides have shown to be judged wrongly once.
fn found() -> Vec<[&'static str; 2]> {
    let pairs = include_str!("found.txt").trim_end().split("\n===\n");
    pairs.map(|pair| pair.split_once("\n---\n").map(|(one, two)| [one, two]).unwrap()).collect()
}

/// What the sides speak of, apart from the table that nearly all have in common.
const NAMES: [&str; 15] = [
    "phone",
    "legacy",
    "name",
    "tags",
    "age",
    "groups",
    "teams",
    "color",
    "mood",
    "uq_users_email",
    "users_name",
    "ix_users_name",
    "ck_users_age",
    "size",
    "old",
];

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What was found out about one pair.
#[derive(Default)]
struct Count {
    pairs: usize,
    handled: usize,
    guarded: usize,
    preferred: usize,
    stopped: usize,
}

#[test]
fn what_is_said_of_two_sides_is_true_and_what_is_handled_ends_alike() {
    let server = newest();
    let databases: Vec<_> = (0..5).map(|_| server.database()).collect();
    let urls: Vec<String> =
        databases.iter().map(|database| database.url().replace("postgresql://", "postgresql+psycopg://")).collect();
    let mut session = Session::start("merging/session.py");
    let root = revision("root", "", &format!("{}\n~ pass", ROOT.replace("\n    ", "\n").trim()));
    let folder = session.ask(&json!({"command": "start", "urls": urls, "root": root}));
    let mut lab = Lab { session, folder: folder.as_str().unwrap().to_owned() };
    let statements = statements();
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut wrong = Vec::new();
    let chosen = pairs(number("ALEMBIC_DOCTOR_TEST_MERGES", 45)).into_iter();
    for sides in chosen.map(|(one, two)| [statements[one], statements[two]]).chain(found()) {
        if let Err(what) = check(&mut lab, sides, &mut counts) {
            wrong.push(format!("{what}\nA:\n{}\nB:\n{}", sides[0], sides[1]));
        }
    }
    let mut total = 0;
    for (verdict, count) in &counts {
        total += count.pairs;
        announce(&format!(
            "{verdict}: {} pairs, {} end alike at once, {} with --prefer, {} once guarded, {} stop until somebody decides",
            count.pairs, count.handled, count.preferred, count.guarded, count.stopped
        ));
    }
    assert!(wrong.is_empty(), "{} of {total} pairs are judged wrongly:\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(total >= 60 && counts.len() == 5, "{total} pairs, {:?}", counts.keys());
}

/// Compares what is said of a pair with what happens; why it is wrong, if it is.
fn check(lab: &mut Lab, sides: [&str; 2], counts: &mut BTreeMap<&str, Count>) -> Result<(), String> {
    lab.sides(sides);
    let merged = merge(lab, &[]);
    let verdict = merged.verdict();
    let count = counts.entry(verdict).or_default();
    count.pairs += 1;
    let ran = both_orders(lab);
    if verdict != "unknown" {
        orders(&ran, &merged)?;
    }
    if merged.code != i32::from(merged.merge["needs_a_person"] == true) {
        return Err(format!("exit code {}", merged.code));
    }
    let ended = rest_of_the_way(lab, ran);
    if merged.code == 0 {
        all_alike(lab, &ended, "the merge")?;
        count.handled += 1;
        return Ok(());
    }
    if let Some(passed) = ended.iter().position(|one| one["error"] == Value::Null) {
        let unguarded = merged.decides().is_empty();
        // Guards are for the orders that fail.
        if !unguarded {
            return Err(format!("way {passed} passes, and a person has to decide"));
        }
    }
    count.stopped += usize::from(!merged.decides().is_empty());
    let is_complete = |cure: &&Value| !cure["guards"].as_array().unwrap().is_empty();
    if !merged.guards().is_empty() && merged.decides().iter().all(is_complete) {
        merged.put_guards(lab);
        merged.decide_nothing();
        let ended = through_the_merge(lab);
        all_alike(lab, &ended, "the guards")?;
        count.guarded += 1;
    }
    let has_options = |cure: &&Value| !cure["options"].as_array().unwrap().is_empty();
    if !merged.decides().is_empty() && merged.decides().iter().all(has_options) && merged.guards().is_empty() {
        for (prefer, last) in [("aaaa", ["bbbb", "aaaa"]), ("bbbb", ["aaaa", "bbbb"])] {
            fs::remove_file(&merged.file).unwrap();
            let merged = merge(lab, &["--prefer", prefer]);
            if merged.code != 0 {
                return Err(format!("--prefer {prefer} leaves something to decide"));
            }
            let ended = through_the_merge(lab);
            let catalog = all_alike(lab, &ended, "--prefer")?;
            let expected = lab.run(0, &last)["catalog"].clone();
            if catalog != expected {
                return Err(format!("--prefer {prefer} is not what it is when {prefer} runs last"));
            }
        }
        count.preferred += 1;
    }
    Ok(())
}

/// Whether the sides run in both orders, and end alike, as the pairs say.
fn orders([ab, ba]: &[Value; 2], merged: &Merged) -> Result<(), String> {
    for (ran, property, order) in [(ab, "second_fails", "A, B"), (ba, "first_fails", "B, A")] {
        let fails = ran["error"] != Value::Null;
        if fails != merged.any(property) {
            return Err(format!("{order}: {}, and {property} is {}", ran["error"], merged.any(property)));
        }
    }
    if ab["error"] == Value::Null && ba["error"] == Value::Null {
        let differs = ab["catalog"] != ba["catalog"];
        if differs != merged.any("differs") {
            return Err(format!("the orders differ: {differs}\n{}\n{}", ab["catalog"], ba["catalog"]));
        }
    }
    Ok(())
}

/// All five databases end alike, and can go back; the catalog.
fn all_alike(lab: &mut Lab, ended: &[Value], after: &str) -> Result<Value, String> {
    if let Some(difference) = differences(ended) {
        return Err(format!("after {after}: {difference}"));
    }
    let back = lab.go_on(2, &["-root"]);
    // A guarded step cannot know whether it made what it takes back.
    if after == "the merge" && back["error"] != Value::Null {
        return Err(format!("after {after}, downgrade: {}", back["error"]));
    }
    Ok(ended[0]["catalog"].clone())
}
