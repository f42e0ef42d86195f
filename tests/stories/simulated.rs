//! What a simulated merge says of the revisions is what the real one makes of them, for branches that were
//! made at random.

use std::fs;

use serde_json::Value;

use super::forks::check;
use super::odd_merges::with_old_git;
use crate::support::git;
use crate::support::shop::Shop;

const PAIRS: u64 = 12;

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// The version files, sorted.
fn files(shop: &Shop) -> Vec<String> {
    let folder = shop.path().join("migrations/versions");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name.ends_with(".py")).collect();
    names.sort();
    names
}

/// Does something to the branch that is checked out.
fn change(shop: &Shop, numbers: &mut Numbers, branch: &str, step: usize) {
    let names = files(shop);
    let name = &names[numbers.below(names.len())];
    let path = format!("migrations/versions/{name}");
    match numbers.below(6) {
        0..3 => {
            let (document, _) = shop.report(&["heads"]);
            let heads: Vec<&str> =
                document["graph"]["heads"].as_array().unwrap().iter().map(|head| head.as_str().unwrap()).collect();
            let parent = heads.get(numbers.below(heads.len().max(1))).copied();
            shop.revision(&format!("{branch}{step}"), parent);
        }
        3 => {
            shop.git(&["mv", &path, &format!("migrations/versions/{branch}{step}_{name}")]);
        }
        4 => {
            let text = fs::read_to_string(shop.path().join(&path)).unwrap();
            fs::write(shop.path().join(&path), format!("{text}\n\n# {branch} {step}\n")).unwrap();
        }
        _ => {
            if names.len() > 2 {
                fs::remove_file(shop.path().join(&path)).unwrap();
            }
        }
    }
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "a change"]);
}

fn heads(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|head| head.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_simulated_is_what_git_makes_of_it() {
    let mut clean = 0;
    for seed in 0..PAIRS {
        let mut numbers = Numbers(seed);
        let mut shop = Shop::new();
        shop.revision("c3cc", Some("b2bb"));
        shop.revision("d4dd", Some("c3cc"));
        shop.commit("more");
        for branch in ["feature", "main"] {
            if branch == "feature" {
                shop.git(&["checkout", "--quiet", "-b", "feature"]);
            } else {
                shop.git(&["checkout", "--quiet", "main"]);
            }
            for step in 0..=numbers.below(3) {
                change(&shop, &mut numbers, branch, step);
            }
        }
        shop.git(&["checkout", "--quiet", "feature"]);
        let (by_git, _) = check(&shop, &["--diff-base", "main"]);
        assert_eq!(by_git["future"]["simulated_by"], "git", "{by_git:#}");
        shop = with_old_git(shop);
        let (by_files, _) = check(&shop, &["--diff-base", "main"]);
        assert_eq!(by_files["future"]["simulated_by"], "files", "{by_files:#}");

        let merge = git::command("git", shop.path()).args(["merge", "--quiet", "--no-edit", "main"]).output().unwrap();
        let is_clean = merge.status.success();
        let conflicts = heads(&by_git["future"]["conflicts"]);
        assert_eq!(conflicts.is_empty(), is_clean, "{seed}: {conflicts:?}");
        if is_clean {
            clean += 1;
            let (merged, _) = shop.report(&["heads"]);
            assert_eq!(by_git["future"]["heads"], merged["graph"]["heads"], "{seed}");
            assert_eq!(by_files["future"]["heads"], merged["graph"]["heads"], "{seed}, file by file");
        }
    }
    assert!(clean > PAIRS / 2, "only {clean} pairs could be merged");
}
