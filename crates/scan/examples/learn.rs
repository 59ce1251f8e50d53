//! Finds out how a scanner is set up: print `scan::learn::CODE` as Code 128, start this, and scan it.
//! What is found is printed as a configuration. Enter ends the program.

use std::error::Error;
use std::io;

use scan::learn::{CODE, Verdict};
use scan::{Heard, LearnEvent, Learner, config};

fn main() -> Result<(), Box<dyn Error>> {
    println!("Scan this text as Code 128: {CODE}");
    println!("Enter ends the program.");
    let learner = Learner::start(print)?;
    io::stdin().read_line(&mut String::new())?;
    learner.stop();
    Ok(())
}

fn print(event: LearnEvent) {
    match event {
        LearnEvent::Listening(candidate) => println!("listening to {} ({})", candidate.name, candidate.node.display()),
        LearnEvent::NotListening { candidate, reason } => println!("not listening to {} ({}): {reason}", candidate.name, candidate.node.display()),
        LearnEvent::Gone(candidate) => println!("gone: {}", candidate.name),
        LearnEvent::Raw { .. } => {}
        LearnEvent::Heard(heard) => heard.first().into_iter().for_each(tell),
    }
}

fn tell(heard: &Heard) {
    let name = &heard.candidate.name;
    match &heard.verdict {
        Verdict::Found(found) => {
            println!("\n# {name}. The same under: {:?}", found.layouts);
            match config::to_toml(std::slice::from_ref(&found.config)) {
                Ok(text) => println!("{text}"),
                Err(fault) => println!("# {fault}"),
            }
        }
        Verdict::Differs(differs) => println!("{name} sent {:?}, with {} characters wrong: {:?}", differs.text, differs.wrong.len(), differs.wrong),
        Verdict::Spoiled(kind) => println!("{name}: {kind}"),
        Verdict::NotThis => println!("{name} sent something else."),
    }
}
