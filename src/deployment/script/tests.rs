use super::*;

fn read(text: &str) -> Outcome {
    super::read(&Script { text, offset: 0, fold: false, stops: false, pipefail: false })
}

fn ignored(text: &str) -> Option<String> {
    let found = read(text).migrations;
    assert!(!found.is_empty(), "no migration in {text}");
    found.into_iter().find_map(|migration| migration.ignored).map(|(_, how)| how)
}

#[test]
fn lost_exit_codes_are_seen() {
    for text in [
        "alembic upgrade head || true",
        "alembic upgrade head || echo failed",
        "set -e\nalembic upgrade head || :\nexec gunicorn app",
        "alembic upgrade head || { echo failed; }",
        "alembic upgrade head || exit 0",
        "alembic upgrade head || true && gunicorn app",
        "alembic upgrade head\nexec gunicorn app",
        "alembic upgrade head; exit 0",
        "set -e\nalembic upgrade head && echo done\nexec gunicorn app",
        "set -e\nset +e\nalembic upgrade head\nexec gunicorn app",
        "set -e\nalembic upgrade head 2>&1 | tee log\nexec gunicorn app",
        "if alembic upgrade head; then echo ok; else echo failed; fi\nexec gunicorn app",
        "if ! alembic upgrade head; then\n  echo failed\nfi\nexec gunicorn app",
        "sh -c 'alembic upgrade head; gunicorn app'",
        "sh -c 'alembic upgrade head' || true",
        "cd /app && alembic upgrade head || true",
    ] {
        assert!(ignored(text).is_some(), "{text}");
    }
}

#[test]
fn exit_codes_that_count_or_are_up_to_others_are_left_alone() {
    for text in [
        "alembic upgrade head",
        "alembic upgrade head && exec gunicorn app",
        "set -e\nalembic upgrade head\nexec gunicorn app",
        "set -euo pipefail\nalembic upgrade head | tee log\nexec gunicorn app",
        "set -o errexit\nalembic upgrade head\ngunicorn app",
        "alembic upgrade head || exit 1\nexec gunicorn app",
        "alembic upgrade head || { echo failed; exit 1; }\ngunicorn app",
        "alembic upgrade head || echo failed && exit 1\ngunicorn app",
        "alembic upgrade head || fail",
        "alembic upgrade head\nif [ $? -ne 0 ]; then exit 1; fi\ngunicorn app",
        "alembic upgrade head\nstatus=$?\nexit $status",
        "if ! alembic upgrade head; then echo failed; exit 1; fi\ngunicorn app",
        "if alembic upgrade head; then exec gunicorn app; fi\nexit 1",
        "until alembic upgrade head; do echo waiting; sleep 1; done\ngunicorn app",
        "for i in 1 2 3; do alembic upgrade head && break || echo again; done\ngunicorn app",
        "migrate() {\n alembic upgrade head\n echo done\n}\nmigrate",
        "exec alembic upgrade head || true",
        "bash -ec 'alembic upgrade head; gunicorn app'",
        "trap 'exit 1' ERR\nalembic upgrade head\ngunicorn app",
        "alembic upgrade head\nhelp() { echo; }",
    ] {
        assert_eq!(ignored(text), None, "{text}");
    }
}

#[test]
fn a_stamp_after_a_failed_upgrade_is_one() {
    let found = read("alembic upgrade head || alembic stamp head").migrations;
    assert_eq!(found[1].action, Action::Stamp("head".to_owned()));
    assert_eq!(found[1].after_failed, Some(found[0].span));
    assert!(!found[1].is_conditional);
    let found = read("if [ -z \"$X\" ]; then alembic stamp head; fi").migrations;
    assert!(found[0].is_conditional && found[0].after_failed.is_none());
    let found = read("[ -f x ] && alembic stamp head\npsql x || alembic stamp head").migrations;
    assert!(found.iter().all(|found| found.is_conditional && found.after_failed.is_none()));
}

#[test]
fn the_application_that_follows_is_known() {
    let starts = |text: &str| read(text).migrations[0].starts.is_some();
    assert!(starts("alembic upgrade head\nexec \"$@\""));
    assert!(starts("alembic upgrade head && exec uvicorn app:app"));
    assert!(starts("if [ -n \"$MIGRATE\" ]; then alembic upgrade head; fi\ngunicorn app"));
    assert!(!starts("case $1 in\nmigrate) alembic upgrade head ;;\nweb) exec gunicorn app ;;\nesac"));
    assert!(!starts("alembic upgrade head\npython seed.py"));
}

#[test]
fn comments_texts_and_documents_are_no_commands() {
    for text in [
        "# alembic upgrade head",
        "echo 'alembic upgrade head'",
        "cat <<EOF\nalembic upgrade head\nEOF",
        "x='alembic upgrade head'",
    ] {
        assert!(read(text).migrations.is_empty(), "{text}");
    }
}
