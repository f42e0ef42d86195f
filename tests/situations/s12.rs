//! S12: the files are not where Alembic looks.

use std::fs;

use serde_json::Value;

use super::Story;
use crate::support::sandbox::{Run, Sandbox};
use crate::support::shop::{Shop, says};

pub(super) const STORIES: &[Story] = &[
    Story { what: "the image has no versions", cure: the_image_has_no_versions },
    Story { what: "the image has no scripts", cure: the_image_has_no_scripts },
    Story { what: "the image has no alembic.ini", cure: the_image_has_no_ini },
    Story { what: "the working tree lost them", cure: the_working_tree_lost_them },
    Story { what: "a commit removed them", cure: a_commit_removed_them },
    Story { what: "they are on another branch", cure: on_another_branch },
    Story { what: "they are in another folder", cure: in_another_folder },
    Story { what: "the working tree lost alembic.ini", cure: the_working_tree_lost_the_ini },
    Story { what: "the working tree lost the scripts", cure: the_working_tree_lost_the_scripts },
    Story { what: "another working directory", cure: another_working_directory },
    Story { what: "a new project", cure: a_new_project_has_no_finding },
];

/// The one finding of a project without files.
fn found(sandbox: &Sandbox) -> Value {
    let run = sandbox.doctor(&["--format", "json", "check"]);
    assert_eq!(run.code, Some(3), "{run}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let names = crate::support::shop::names(&document);
    assert_eq!(names, ["no-revisions"], "{document:#}");
    let found = document["findings"][0].clone();
    assert!(found["do_not"].to_string().contains("alembic init"), "{found:#}");
    found
}

/// The error of a project that is none, which ends with code 2.
fn error(run: &Run, expected: &[&str]) {
    assert_eq!(run.code, Some(2), "{run}");
    for text in expected {
        assert!(run.stderr.contains(text), "no {text:?} in {run}");
    }
}

/// The command that a hint holds.
fn hinted(run: &Run) -> String {
    let (_, rest) = run.stderr.split_once("lost it: `").unwrap_or_else(|| panic!("{run}"));
    rest.split_once('`').unwrap().0.to_owned()
}

/// A shop with a `.dockerignore`, whose database has everything.
fn shop(ignored: &str) -> Shop {
    let shop = Shop::new();
    shop.sandbox.write(".dockerignore", ignored);
    shop.commit("ignore");
    shop.upgrade("head");
    shop
}

/// What an image holds: the project without git, and without what is ignored.
fn image(shop: &Shop, without: &str) -> Sandbox {
    let image = Sandbox::new();
    let (said, worked) = shop
        .run(&format!("tar --exclude=.git --exclude='{without}' -cf - . | tar -xf - -C '{}'", image.path().display()));
    assert!(worked, "{said}");
    image
}

fn is_healthy(sandbox: &Sandbox, folder: &str) {
    let run = sandbox.doctor_in(folder, &["--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    assert_eq!((run.code, &document["databases"][0]["state"]), (Some(0), &Value::from("at-head")), "{document:#}");
}

fn the_image_has_no_versions() {
    let shop = shop("*.md\n**/versions/*.py\n");
    let broken = image(&shop, "./migrations/versions/*.py");
    let found = found(&broken);
    for expected in [".dockerignore:2", "migrations/versions", "alembic.ini in the current folder"] {
        says(&found, expected);
    }
    assert_eq!(found["next"][0]["command"], "sed -n 2p .dockerignore");
    let document: Value = serde_json::from_str(&broken.doctor(&["--format", "json"]).stdout).unwrap();
    assert!(crate::support::shop::names(&document).contains(&"orphaned-stamp"), "{document:#}");
    shop.follow(&found["next"]);
    shop.sandbox.write(".dockerignore", "*.md\n");
    is_healthy(&image(&shop, "./nothing"), ".");
}

fn the_image_has_no_scripts() {
    let shop = shop("**/migrations/\n");
    let broken = image(&shop, "./migrations");
    let refused = broken.alembic(&["upgrade", "head"]);
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("Path doesn't exist"), "{refused:?}");
    let expected = [
        "Path doesn't exist",
        "[DIR]/migrations",
        "alembic.ini in the current folder",
        ".dockerignore:1 (**/migrations/)",
        "do not run `alembic init`",
    ];
    error(&broken.doctor(&[]), &expected);
    shop.sandbox.write(".dockerignore", "");
    is_healthy(&image(&shop, "./nothing"), ".");
}

fn the_image_has_no_ini() {
    let shop = shop("*.md\n*.ini\n");
    let broken = image(&shop, "./alembic.ini");
    error(&broken.doctor(&[]), &["no Alembic configuration found", ".dockerignore:2 (*.ini) keeps alembic.ini out"]);
    shop.sandbox.write(".dockerignore", "*.md\n*.ini\n!alembic.ini\n");
    is_healthy(&image(&shop, "./nothing"), ".");
}

fn the_working_tree_lost_them() {
    let shop = Shop::new();
    shop.upgrade("head");
    fs::remove_dir_all(shop.path().join("migrations/versions")).unwrap();
    let found = found(&shop.sandbox);
    says(&found, "what is checked out has 2 files");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn a_commit_removed_them() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.remove("a1aa");
    shop.remove("b2bb");
    shop.commit("clean up");
    let found = found(&shop.sandbox);
    says(&found, "clean up");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn on_another_branch() {
    let shop = Shop::new();
    shop.upgrade("head");
    shop.git(&["checkout", "--quiet", "--orphan", "pages"]);
    shop.git(&["rm", "--quiet", "--cached", "-r", "migrations/versions"]);
    fs::remove_dir_all(shop.path().join("migrations/versions")).unwrap();
    shop.commit("another history");
    let found = found(&shop.sandbox);
    says(&found, "main");
    shop.follow(&found["next"]);
    shop.is_healthy();
}

fn in_another_folder() {
    let shop = Shop::new();
    shop.upgrade("head");
    fs::create_dir(shop.path().join("db")).unwrap();
    shop.git(&["mv", "migrations/versions", "db/versions"]);
    shop.commit("move");
    let found = found(&shop.sandbox);
    says(&found, "db/versions has 2 revision files");
    shop.follow(&found["next"]);
    let ini = fs::read_to_string(shop.path().join("alembic.ini")).unwrap();
    let setting = "[alembic]\nversion_locations = %(here)s/db/versions";
    shop.sandbox.write("alembic.ini", ini.replacen("[alembic]", setting, 1));
    shop.is_healthy();
}

fn the_working_tree_lost_the_ini() {
    let shop = Shop::new();
    shop.upgrade("head");
    let ini = shop.path().join("alembic.ini");
    fs::remove_file(&ini).unwrap();
    let run = shop.sandbox.doctor(&[]);
    error(&run, &["no Alembic configuration found", "what is checked out has alembic.ini"]);
    let (said, worked) = shop.run(&hinted(&run));
    assert!(worked, "{said}");
    shop.is_healthy();
}

fn the_working_tree_lost_the_scripts() {
    let shop = Shop::new();
    shop.upgrade("head");
    fs::remove_dir_all(shop.path().join("migrations")).unwrap();
    let run = shop.sandbox.doctor(&[]);
    error(&run, &["Path doesn't exist", "what is checked out has migrations"]);
    let (said, worked) = shop.run(&hinted(&run));
    assert!(worked, "{said}");
    shop.is_healthy();
}

fn another_working_directory() {
    let shop = Shop::new();
    shop.upgrade("head");
    let deploy = shop.path().join("deploy");
    fs::create_dir(&deploy).unwrap();
    for name in ["migrations", "app.db", "alembic.ini"] {
        fs::rename(shop.path().join(name), deploy.join(name)).unwrap();
    }
    let ini = fs::read_to_string(deploy.join("alembic.ini")).unwrap();
    fs::write(deploy.join("alembic.ini"), ini.replace("%(here)s/migrations", "migrations")).unwrap();
    let refused = shop.sandbox.alembic(&["-c", "deploy/alembic.ini", "upgrade", "head"]);
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("Path doesn't exist"), "{refused:?}");
    let run = shop.sandbox.doctor(&["-c", "deploy/alembic.ini"]);
    error(&run, &["Path doesn't exist", "deploy/migrations is there", "-C deploy", "%(here)s/migrations"]);
    // Either way that the hint names.
    is_healthy(&shop.sandbox, "deploy");
    let run = shop.sandbox.doctor(&["-C", "deploy"]);
    assert_eq!(run.code, Some(0), "{run}");
}

fn a_new_project_has_no_finding() {
    let sandbox = Sandbox::with_project().database_url("sqlite:///app.db");
    let run = sandbox.doctor(&["check"]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(!run.stdout.contains("no-revisions"), "{run}");
}
