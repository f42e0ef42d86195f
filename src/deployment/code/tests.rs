use super::*;

fn only(text: &str) -> Migration {
    let mut found = read(text);
    assert_eq!(found.len(), 1, "{text}\n{found:?}");
    found.remove(0)
}

#[test]
fn calls_and_processes_are_known() {
    for text in [
        "from alembic import command\ncommand.upgrade(config, 'head')\n",
        "import alembic.command\nalembic.command.upgrade(config, revision='head')\n",
        "from alembic.command import upgrade as up\nup(config, 'head')\n",
        "import alembic.config\nalembic.config.main(argv=['--raiseerr', 'upgrade', 'head'])\n",
        "import subprocess\nsubprocess.run(['alembic', 'upgrade', 'head'], check=True)\n",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'alembic', 'upgrade', 'head'])\n",
    ] {
        let found = only(text);
        assert_eq!((found.written.as_str(), found.ignored), ("alembic upgrade head", None), "{text}");
    }
    assert_eq!(only("from flask_migrate import upgrade\nupgrade()\n").written, "flask db upgrade head");
    for text in [
        "from app import command\ncommand.upgrade(config, 'head')\n",
        "from alembic import command\ncommand.upgrade(config, target)\n",
        "from alembic import command\ncommand.upgrade(config, 'head', sql=True)\n",
        "x = 'alembic upgrade head'\n",
        "def upgrade():\n    upgrade(config, 'head')\n",
    ] {
        assert_eq!(read(text), [], "{text}");
    }
}

#[test]
fn failures_that_vanish_are_seen() {
    let head = "from alembic import command\nimport subprocess, os\n";
    for text in [
        "try:\n    command.upgrade(c, 'head')\nexcept Exception as e:\n    log.error(e)\n",
        "with suppress(Exception):\n    command.upgrade(c, 'head')\n",
        "subprocess.run(['alembic', 'upgrade', 'head'])\n",
        "subprocess.run(['alembic', 'upgrade', 'head'], check=False)\n",
        "os.system('alembic upgrade head')\n",
    ] {
        assert!(only(&format!("{head}{text}")).ignored.is_some(), "{text}");
    }
    for text in [
        "try:\n    command.upgrade(c, 'head')\nexcept Exception as e:\n    log.error(e)\n    raise\n",
        "for i in range(5):\n    try:\n        command.upgrade(c, 'head')\n    except OperationalError:\n        print(1)\n",
        "result = subprocess.run(['alembic', 'upgrade', 'head'])\n",
        "done = subprocess.run(['alembic', 'upgrade', 'head'])\nif done.returncode: fail()\n",
    ] {
        assert_eq!(only(&format!("{head}{text}")).ignored, None, "{text}");
    }
}

#[test]
fn what_runs_at_the_start_is_followed() {
    let head = "from alembic import command\ndef migrate():\n    command.upgrade(c, 'head')\n";
    let starts = |text: &str| only(&format!("{head}{text}")).starts.is_some();
    assert!(starts("@asynccontextmanager\nasync def lifespan(app):\n    migrate()\n    yield\n"));
    assert!(starts("@app.on_event('startup')\ndef begin():\n    prepare()\ndef prepare():\n    migrate()\n"));
    assert!(!starts("@cli.command()\ndef db_upgrade():\n    migrate()\n"));
}

#[test]
fn a_stamp_in_the_handler_of_an_upgrade_is_one() {
    let found = read(
        "from alembic import command\ntry:\n    command.upgrade(c, 'head')\nexcept Exception:\n    command.stamp(c, 'head')\n",
    );
    assert_eq!(found[1].after_failed, Some(found[0].span));
}
