//! The command line: the only module that knows clap, the environment and the terminal.
