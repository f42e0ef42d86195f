//! The command lines that findings print.

use std::path::Path;

use super::{Project, Runner};

impl Project {
    /// The command line that runs `arguments` with this project's configuration, as a person in
    /// the project's folder would type it: `alembic -c db/alembic.ini upgrade head`.
    pub fn command(&self, arguments: &str) -> String {
        match self.runner {
            Runner::Alembic => self.alembic(&self.section, arguments),
            Runner::FlaskMigrate => self.flask(arguments),
        }
    }

    /// The same with another section of the ini, which names another database.
    pub fn command_in(&self, section: &str, arguments: &str) -> String {
        self.alembic(section, arguments)
    }

    fn alembic(&self, section: &str, arguments: &str) -> String {
        let mut words = vec!["alembic".to_owned()];
        for (file, default) in [(&self.ini, "alembic.ini"), (&self.pyproject, "pyproject.toml")] {
            let Some(file) = file else { continue };
            if self.named || file.path() != Path::new(default) {
                words.push(format!("-c {}", quote(&file.path().to_string_lossy())));
            }
        }
        if section != "alembic" {
            words.push(format!("-n {}", quote(section)));
        }
        words.push(arguments.to_owned());
        words.join(" ")
    }

    fn flask(&self, arguments: &str) -> String {
        let (command, rest) = arguments.split_once(' ').map_or((arguments, ""), |(command, rest)| (command, rest));
        let mut line = format!("flask db {command}");
        if self.script_directory != Path::new("migrations") {
            line.push_str(&format!(" -d {}", quote(&self.script_directory.to_string_lossy())));
        }
        if !rest.is_empty() {
            line.push(' ');
            line.push_str(rest);
        }
        line
    }
}

/// `word` as a POSIX shell reads it back.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn only_what_alembic_would_not_find_is_named() {
        let mut project = Project::bare("/x".into(), Vec::new());
        project.ini = Some(Arc::new(SourceFile::new("alembic.ini", "")));
        assert_eq!(project.command("upgrade head"), "alembic upgrade head");
        project.named = true;
        assert_eq!(project.command("upgrade head"), "alembic -c alembic.ini upgrade head");
        project.ini = Some(Arc::new(SourceFile::new("my db/it's.ini", "")));
        project.section = "core".to_owned();
        assert_eq!(project.command("heads"), r"alembic -c 'my db/it'\''s.ini' -n core heads");
    }

    #[test]
    fn flask_gets_the_folder_when_it_is_another() {
        let mut project = Project::bare("/x".into(), Vec::new());
        project.runner = Runner::FlaskMigrate;
        project.script_directory = "migrations".into();
        assert_eq!(project.command("upgrade head"), "flask db upgrade head");
        project.script_directory = "db".into();
        assert_eq!(project.command("upgrade head"), "flask db upgrade -d db head");
    }
}
