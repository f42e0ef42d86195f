//! Where a repository runs its migrations: what is said of it, and what is not.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::sandbox::Sandbox;

fn project() -> Sandbox {
    Sandbox::with_project().revision("a1aa", &[]).revision("b2bb", &["a1aa"])
}

fn check(sandbox: &Sandbox) -> Value {
    let run = sandbox.doctor(&["check", "--format", "json"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn names(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|finding| finding["name"].as_str().unwrap()).collect()
}

/// Ways to migrate that are sound, as projects have them.
#[test]
fn sound_deployments_are_healthy() {
    let files = [
        ("Dockerfile", "FROM python:3.13\nRUN pip install alembic && echo upgrade\nCMD [\"gunicorn\", \"app:app\"]\n"),
        ("Procfile", "release: alembic upgrade head\nweb: gunicorn app:app\n"),
        ("fly.toml", "[deploy]\nrelease_command = \"alembic upgrade head\"\n"),
        (
            "docker-compose.yml",
            "services:\n  migrate:\n    command: alembic upgrade head\n  web:\n    command: gunicorn app:app\n    deploy:\n      replicas: 3\n",
        ),
        (
            "docker-compose.override.yml",
            "services:\n  web:\n    command: sh -c 'alembic upgrade head || true; uvicorn app:app --reload'\n",
        ),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  test:\n    steps:\n      - run: |\n          alembic upgrade head\n          alembic stamp head\n          pytest\n",
        ),
        (
            "Makefile",
            "migrate:\n\talembic upgrade head\nreset:\n\t-alembic downgrade base\n\talembic upgrade head || true\n",
        ),
        (
            "helm/templates/job.yaml",
            "spec:\n  containers:\n    - command: [alembic, upgrade, head]\n      name: {{ .Values.name }}\n",
        ),
        ("scripts/wait.sh", "#!/bin/sh\nuntil alembic upgrade head; do sleep 1; done\n"),
        ("scripts/seed.sh", "alembic upgrade head\npython seed.py\n"),
        ("README.md", "Run `alembic upgrade head || true` once.\n"),
        ("docs/deploy.sh", "alembic upgrade head || true\n"),
        ("node_modules/x/start.sh", "alembic upgrade head || true\n"),
        ("other/alembic.ini", "[alembic]\nscript_location = .\n"),
        ("other/entrypoint.sh", "alembic upgrade head || true\n"),
        (
            "app/cli.py",
            "from alembic import command\n\ndef upgrade():\n    try:\n        command.upgrade(config, 'head')\n    except Exception as e:\n        print(e)\n",
        ),
        (
            "tests/conftest.py",
            "from alembic import command\n\ndef database():\n    command.upgrade(config, 'head')\n    command.stamp(config, 'head')\n",
        ),
    ];
    let sandbox = files.into_iter().fold(project(), |sandbox, (path, text)| sandbox.file(path, text));
    let document = check(&sandbox);
    assert_eq!(names(&document), Vec::<&str>::new(), "{document:#}");
}

#[test]
fn each_kind_of_file_is_read() {
    let kinds = [
        ("entrypoint.sh", "alembic upgrade head || true\n"),
        ("bin/release", "#!/bin/sh\nalembic upgrade head || true\n"),
        ("docker/app.Dockerfile", "CMD alembic upgrade head; gunicorn app\n"),
        ("Procfile", "web: alembic upgrade head; gunicorn app\n"),
        ("compose.yaml", "services:\n  web:\n    command: bash -c \"alembic upgrade head || true && gunicorn app\"\n"),
        ("render.yaml", "services:\n  - startCommand: alembic upgrade head; gunicorn app\n"),
        (".github/workflows/deploy.yml", "jobs:\n  deploy:\n    steps:\n      - run: alembic upgrade head || true\n"),
        (".gitlab-ci.yml", "deploy:\n  script:\n    - alembic upgrade head\n  allow_failure: true\n"),
        ("k8s/job.yaml", "containers:\n  - command: [sh, -c]\n    args:\n      - alembic upgrade head || echo no\n"),
        ("Makefile", "deploy:\n\t-alembic upgrade head\n"),
        (
            "app/main.py",
            "import subprocess\n\ndef lifespan(app):\n    subprocess.run(['alembic', 'upgrade', 'head'])\n",
        ),
    ];
    for (path, text) in kinds {
        let document = check(&project().file(path, text));
        assert!(names(&document).contains(&"migration-failure-ignored"), "{path}: {document:#}");
        let finding = &document["findings"][0];
        assert_eq!(
            (finding["severity"].as_str(), finding["location"]["path"].as_str()),
            (Some("error"), Some(path)),
            "{finding:#}"
        );
    }
}

#[test]
fn secrets_beside_a_command_are_not_shown() {
    let line = "PGPASSWORD=hunter2 API_TOKEN='hunter3' DATABASE_URL=postgresql://u:hunter4@db/app alembic upgrade head || echo postgresql://u:hunter5@db/app\n";
    let sandbox = project().file("entrypoint.sh", line);
    for format in ["text", "json", "concise"] {
        let run = sandbox.doctor(&["check", "--format", format]);
        assert!(run.stdout.contains("migration-failure-ignored") && !run.stdout.contains("hunter"), "{run}");
    }
}

#[test]
fn a_comment_beside_it_sets_a_finding_aside() {
    let line = "alembic upgrade head || true # alembic-doctor: ignore[migration-failure-ignored] watched elsewhere\n";
    let document = check(&project().file("entrypoint.sh", line));
    assert_eq!(names(&document), Vec::<&str>::new(), "{document:#}");
}

/// How the migrations are run leaves no doubt about which there are.
#[test]
fn listings_do_not_speak_of_it() {
    let sandbox = project().file("entrypoint.sh", "alembic upgrade head || true\n");
    let run = sandbox.doctor(&["heads"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run}");
}

/// What does not look like a project's own files is passed over, and the rest costs little.
#[test]
fn a_large_repository_is_read_in_a_moment() {
    let sandbox = project();
    let mut text = String::new();
    for line in 0..100 {
        let _ = writeln!(text, "def handler_{line}(request):\n    return respond({line}, request.user)");
    }
    for number in 0..5_000 {
        let extension = ["py", "ts", "yaml", "md", "json"][number % 5];
        sandbox.write(&format!("src/part{}/module{number}.{extension}", number % 50), &text);
    }
    let directory = sandbox.path();
    let started = std::time::Instant::now();
    let deployment = alembic_doctor::deployment::scan(directory, None, &[]);
    let took = started.elapsed();
    crate::support::announce(&format!("the deployment scan of 5,000 files: {} ms", took.as_millis()));
    assert!(deployment.left_out.is_none());
    assert!(took.as_secs() < 5, "{took:?}");
}
