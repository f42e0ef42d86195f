//! One pair of sides: what the doctor says of it, and what the real Alembic makes of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::Lab;

/// The tips.
pub const SIDES: [&str; 2] = ["aaaa", "bbbb"];

/// What `alembic-doctor merge` said, and the file that it wrote.
pub struct Merged {
    pub merge: Value,
    pub code: i32,
    pub file: PathBuf,
}

/// Writes the merge with the doctor.
pub fn merge(lab: &Lab, arguments: &[&str]) -> Merged {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alembic-doctor"));
    command.args(["-C", &lab.folder, "merge", "--offline", "--rev-id", "cccc", "--format", "json"]);
    command.args(SIDES).args(arguments).env_remove("DATABASE_URL");
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let document: Value = serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{error}: {said}{}", String::from_utf8_lossy(&done.stderr)));
    let merge = document["merge"].clone();
    let file = PathBuf::from(&lab.folder).join(merge["file"]["path"].as_str().unwrap());
    Merged { merge, code: done.status.code().unwrap(), file }
}

impl Merged {
    pub fn pairs(&self) -> &[Value] {
        self.merge["pairs"].as_array().unwrap()
    }

    /// Whether some pair has this property.
    pub fn any(&self, property: &str) -> bool {
        self.pairs().iter().any(|pair| pair[property] == true)
    }

    /// The worst verdict.
    pub fn verdict(&self) -> &'static str {
        let all = ["conflict", "order-dependent", "unknown", "identical"];
        let worst = all.into_iter().find(|verdict| self.merge["verdicts"][verdict] != 0);
        worst.unwrap_or("independent")
    }

    fn cures(&self, kind: &str) -> Vec<&Value> {
        self.pairs().iter().map(|pair| &pair["cure"]).filter(|cure| cure["kind"] == kind).collect()
    }

    pub fn decides(&self) -> Vec<&Value> {
        self.cures("decide")
    }

    pub fn guards(&self) -> Vec<&Value> {
        let cures = self.pairs().iter().map(|pair| &pair["cure"]);
        cures.filter_map(|cure| cure["guards"].as_array()).flatten().collect()
    }

    /// Puts the guards into the revisions, as a person would.
    pub fn put_guards(&self, lab: &Lab) {
        let mut guards: Vec<(String, usize, usize, String)> = Vec::new();
        for guard in self.guards() {
            let path = guard["path"].as_str().unwrap().to_owned();
            let line = |name: &str| guard[name].as_u64().unwrap() as usize;
            let test = guard["test"].as_str().unwrap_or_default().to_owned();
            guards.push((path, line("line"), line("end_line"), test));
        }
        guards.sort();
        guards.dedup();
        // From the end, so that lines keep their numbers.
        for (path, line, end, test) in guards.into_iter().rev() {
            let path = PathBuf::from(&lab.folder).join(path);
            let text = fs::read_to_string(&path).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if test.is_empty() {
                let statement = &mut lines[line - 1];
                for (old, new) in [
                    ("ADD VALUE '", "ADD VALUE IF NOT EXISTS '"),
                    ("ADD COLUMN p", "ADD COLUMN IF NOT EXISTS p"),
                    ("CREATE VIEW", "CREATE OR REPLACE VIEW"),
                ] {
                    *statement = statement.replace(old, new);
                }
            } else {
                lines[line - 1..end].iter_mut().for_each(|line| *line = format!("    {line}"));
                let indent = lines[line - 1].len() - lines[line - 1].trim_start().len() - 4;
                lines.insert(line - 1, format!("{:indent$}{test}", ""));
            }
            fs::write(path, lines.join("\n") + "\n").unwrap();
        }
    }

    /// Deletes the lines that stop until somebody has decided.
    pub fn decide_nothing(&self) {
        let text = fs::read_to_string(&self.file).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains("raise RuntimeError(")).collect();
        let text =
            kept.join("\n").replace("    # Then delete this line:", "    pass").replace("this:\n", "this:\n    pass\n");
        fs::write(&self.file, text).unwrap();
    }
}

/// Five databases: A then B, B then A, and through the merge from nothing, from A and from B.
pub fn through_the_merge(lab: &mut Lab) -> Vec<Value> {
    let [ab, ba] = both_orders(lab);
    rest_of_the_way(lab, [ab, ba])
}

/// A then B, and B then A, without the merge.
pub fn both_orders(lab: &mut Lab) -> [Value; 2] {
    [lab.run(0, &["aaaa", "bbbb"]), lab.run(1, &["bbbb", "aaaa"])]
}

/// The same two on through the merge, and the three others.
pub fn rest_of_the_way(lab: &mut Lab, orders: [Value; 2]) -> Vec<Value> {
    let mut ended = Vec::new();
    for (database, ran) in orders.into_iter().enumerate() {
        ended.push(if ran["error"] == Value::Null { lab.go_on(database, &["head"]) } else { ran });
    }
    let ways: [&[&str]; 3] = [&["head"], &["aaaa", "head"], &["bbbb", "head"]];
    ended.extend((2..).zip(ways).map(|(database, steps)| lab.run(database, steps)));
    ended
}

/// Why the five did not end alike, if they did not.
pub fn differences(ended: &[Value]) -> Option<String> {
    for (number, one) in ended.iter().enumerate() {
        if one["error"] != Value::Null {
            return Some(format!("way {number} fails: {}", one["error"]));
        }
        if one["stamp"] != json!(["cccc"]) {
            return Some(format!("way {number} ends at {}", one["stamp"]));
        }
        for (part, rows) in one["catalog"].as_object().unwrap() {
            let first = &ended[0]["catalog"][part];
            if rows != first {
                return Some(format!("{part} of way {number}: {rows}\nand of way 0: {first}"));
            }
        }
    }
    None
}
