//! The one command a user meets: makes records, sends them, runs the job and shows what came out.
//!
//! Data goes to standard output, everything else to standard error. Exit codes are in [`exit`].

mod api;
mod arguments;
mod clock;
mod completions;
mod dead_letter;
mod download;
mod exit;
mod figures;
mod flink;
mod follow;
mod generate;
mod http;
mod interrupt;
mod kafka;
mod produce;
mod report;
mod sending;
mod session;
mod submit;
mod topic;
mod topics;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;
use crate::session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let session = Session::new(arguments.quiet, arguments.verbose);
    match interrupt::install().and_then(|()| run(arguments.command, &session)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let exit = exit::of(&error);
            if exit != Exit::Done {
                session.error(&error);
            }
            exit.into()
        }
    }
}

fn run(command: Command, session: &Session) -> anyhow::Result<Exit> {
    match command {
        Command::Generate(options) => generate::generate(&options, session),
        Command::Report(options) => report::report(&options, session),
        Command::Submit(options) => submit::submit(&options, session),
        Command::Produce(options) => produce::produce(&options, session),
        Command::Download(options) => download::download(&options, session),
        Command::Follow(options) => follow::follow(&options, session),
        Command::Topics(options) => topics::topics(&options, session),
        Command::DeadLetter(options) => dead_letter::dead_letter(&options, session),
        Command::Completions(options) => completions::completions(&options, session),
        Command::Man(options) => completions::man(&options, session),
    }
}
