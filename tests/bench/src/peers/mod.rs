//! This service beside others that keep accounts and keys, measured in one run.

mod better_auth;
mod code;
mod contender;
mod django;
mod figures;
mod goals;
mod inside;
mod kratos;
mod load;
mod ours;
mod process;
mod report;
mod round;
mod seed;
mod told;

use std::path::Path;
use std::process::Command;

use scenarios::lambda::build;

use better_auth::BetterAuth;
use contender::{Contender, Place};
use django::Django;
use figures::{Column, Figures, Role, Table};
use inside::Inside;
use kratos::Kratos;
use ours::Ours;
pub(crate) use report::{plot, section};
use round::Entrant;
pub(crate) use round::Samples;

use crate::order::shuffled;

/// All that there are, as their folders are called.
pub(crate) const PEERS: [&str; 3] = ["better-auth", "django", "kratos"];

/// Installs what is not installed yet.
fn install(peers: &[String]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/install");
    let status = Command::new(script).args(peers).status().expect("a shell");
    assert!(status.success(), "the peers cannot be installed: {status}");
}

/// What a round can be of.
enum Turn {
    Process(Entrant),
    Function,
    Parts,
}

/// Everybody who is measured as a server, in folders of their own.
fn contenders(folder: &Path, program: &Path, peers: &[String]) -> Vec<(Role, Box<dyn Contender>)> {
    let place = |name: &str| Place::new(folder.join(name));
    let ours = |name| Box::new(Ours { name, program: program.to_owned(), place: place(name) });
    let mut contenders: Vec<(Role, Box<dyn Contender>)> =
        vec![(Role::Ours, ours("this service")), (Role::OursAgain, ours("this service, again"))];
    for peer in peers {
        let place = place(peer);
        contenders.push((
            Role::Peer,
            match peer.as_str() {
                "better-auth" => Box::new(BetterAuth { place }),
                "django" => Box::new(Django { place }),
                "kratos" => Box::new(Kratos { place }),
                other => panic!("no peer {other}"),
            },
        ));
    }
    contenders
}

/// Measures all in turn, `rounds` times.
pub(crate) async fn measure(rounds: usize, samples: Samples, peers: &[String]) -> Table {
    install(peers);
    let [fast, small] = if cfg!(debug_assertions) { ["dev"; 2] } else { ["dist", "deploy"] };
    let program = build(fast, &["local"])["local"].clone();
    let functions = build(small, &[inside::FUNCTION]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut turns = Vec::new();
    for (role, contender) in contenders(folder.path(), &program, peers) {
        let column = Column::new(contender.name(), role);
        turns.push((column, Turn::Process(Entrant::prepare(contender, samples).await)));
    }
    turns.insert(2, (Column::new("function", Role::Function), Turn::Function));
    turns.push((Column::new("parts", Role::Parts), Turn::Parts));
    let inside = Inside::start(&folder.path().join("inside"), &functions).await;
    for round in 0..=rounds {
        for at in shuffled(turns.len()) {
            let (column, turn) = &mut turns[at];
            let figures = take(turn, &inside, samples).await;
            // The first round reads everything from the disk.
            if round > 0 {
                column.rounds.push(figures);
            }
        }
    }
    Table(turns.into_iter().map(|(column, _)| column).collect())
}

async fn take(turn: &Turn, inside: &Inside, samples: Samples) -> Figures {
    match turn {
        Turn::Process(entrant) => entrant.round(samples).await,
        Turn::Function => inside.function(samples).await,
        Turn::Parts => inside.parts(samples).await,
    }
}
