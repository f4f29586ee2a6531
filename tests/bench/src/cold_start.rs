//! How long each function takes to start, how much memory it needs, and how large its package is, beside a bare one.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use scenarios::lambda::{Environment, Platform, Program, Programs};

use crate::events::{Events, Recording};
use crate::order::shuffled;
use crate::spread::Spread;

/// Those that hash passwords or recovery codes, whose memory that takes.
const HASHING: [&str; 3] = ["mfa", "password", "sign-in"];
/// Times the bare function's time to the first `next`.
const NEXT_RATIO_MAX: f64 = 1.5;
/// Peak memory of a function that does not hash, and of one that does, in MiB.
const MEMORY_MAX: [f64; 2] = [20.0, 40.0];
/// Size of a package, in MB.
const PACKAGE_MAX: f64 = 3.0;
/// By how much the two bare functions may differ.
const NOISE_MAX: f64 = 0.1;
const WHY_MISSED: &str = "\
    What a start takes beyond the bare function's is the SDK's clients and the connections that it opens: each function \
    reads\nits secret and the table once before it asks for work, so that no request waits for that, nor for TLS in the \
    cloud, which is\nby far the most of a first answer there. `portal` does without, and is as quick as it should be. \
    The packages of\n`password` and `sign-in` hold the lists of words by which a password is judged.\n";
pub(crate) const BARE: &str = "bare";
const BARE_AGAIN: &str = "bare, again";

/// One start.
#[derive(Clone, Copy)]
struct Start {
    to_next: Duration,
    to_answer: Duration,
    peak_memory_bytes: u64,
}

/// One row's figures, in milliseconds, MiB, and MB for the package.
struct Row {
    name: String,
    to_next: Spread,
    next_ratio: Spread,
    to_answer: Spread,
    answer_ratio: Spread,
    memory: f64,
    package: f64,
}

/// Starts each of `functions` `starts` times, in turn, and gives the section for the results.
pub(crate) async fn measure(starts: usize, functions: &[&'static str], programs: &Programs) -> String {
    let mut platform = None;
    let recording = Recording::start(|deployment| platform = Some(Platform::new(deployment, programs))).await;
    let platform = platform.expect("the stack was started");
    let events = recording.events().await;
    let bare = Program::new(BARE, &programs[BARE]);
    let portal = &events["portal"];
    let mut contenders = vec![(BARE, bare.clone(), portal.clone()), (BARE_AGAIN, bare, portal.clone())];
    let deployed = |name: &&'static str| (*name, platform.lambda().program(name).clone(), events[*name].clone());
    contenders.extend(functions.iter().map(deployed));
    let mut samples = BTreeMap::<&str, Vec<Start>>::new();
    for round in 0..=starts {
        // By chance: whoever always came after the same program would find the machine as that one leaves it.
        for at in shuffled(contenders.len()) {
            let (name, program, events) = &contenders[at];
            let start = start(program, events).await;
            // The first round reads the binaries from the disk.
            if round > 0 {
                samples.entry(name).or_default().push(start);
            }
        }
    }
    let packages = contenders.iter().map(|(name, program, _)| (*name, package_size(&program.path))).collect();
    section(&samples, starts, functions, &packages)
}

/// What a program takes in a package, in MB: a zip archive holds it deflated.
fn package_size(program: &Path) -> f64 {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&std::fs::read(program).expect("it was built")).expect("memory");
    let bytes = u32::try_from(packed.finish().expect("memory").len()).expect("below 4 GB");
    f64::from(bytes) / 1e6
}

/// Starts one environment, has it answer, and ends it.
async fn start(program: &Program, events: &Events) -> Start {
    let environment = Environment::start(program);
    let (to_next, to_answer) = tokio::join!(environment.ready(), async {
        let answer = environment.invoke(events.first.clone()).await;
        let to_answer = environment.started().elapsed();
        answer.map(|_| to_answer)
    });
    let failed = |failure| -> Duration { panic!("{}: {failure}\n{}", program.name, environment.log().join("\n")) };
    if let Some(heaviest) = &events.heaviest {
        environment.invoke(heaviest.clone()).await.map_or_else(failed, |_| Duration::ZERO);
    }
    let start = Start {
        to_next: to_next.unwrap_or_else(failed),
        to_answer: to_answer.unwrap_or_else(failed),
        peak_memory_bytes: environment.peak_memory_bytes(),
    };
    environment.kill().await;
    start
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn row(name: &str, starts: &[Start], bare: &[Start], package: f64) -> Row {
    let of = |figure: fn(&Start) -> Duration| Spread::of(starts.iter().map(|start| milliseconds(figure(start))));
    let ratio = |figure: fn(&Start) -> Duration| {
        let pairs = starts.iter().zip(bare);
        Spread::of(pairs.map(|(start, bare)| figure(start).as_secs_f64() / figure(bare).as_secs_f64()))
    };
    let peak = starts.iter().map(|start| start.peak_memory_bytes).max().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 bytes")]
    let memory = peak as f64 / f64::from(1 << 20);
    Row {
        name: name.to_owned(),
        to_next: of(|start| start.to_next),
        next_ratio: ratio(|start| start.to_next),
        to_answer: of(|start| start.to_answer),
        answer_ratio: ratio(|start| start.to_answer),
        memory,
        package,
    }
}

fn section(
    samples: &BTreeMap<&str, Vec<Start>>,
    starts: usize,
    functions: &[&str],
    packages: &BTreeMap<&str, f64>,
) -> String {
    let bare = &samples[BARE];
    let order = [BARE, BARE_AGAIN].into_iter().chain(functions.iter().copied());
    let rows: Vec<_> = order.map(|name| row(name, &samples[name], bare, packages[name])).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = String::new();
    let noise = (rows[1].next_ratio.median - 1.0).abs();
    if noise > NOISE_MAX {
        let _ = writeln!(text, "**Noisy: the bare function differed from itself by {:.0} %.**\n", noise * 100.0);
    }
    let _ = write!(
        text,
        "{starts} starts of each, in an order by chance, on a machine with {cores} cores; binaries of the profile `deploy`, on the \
         stand-in for\nthe runtime API, with table and secret on loopback over plain HTTP. Milliseconds from exec: \
         median (quartiles). Ratios\nare those of each round to the bare function of that round, a `lambda_http` \
         hello. Memory is the highest resident\npeak (`VmHWM`) of all starts, after what each function needs most \
         for; the package is the binary, deflated.\n\n\
         | function | to the first `next`, ms | times bare | to the first answer, ms | times bare | memory, MiB | \
         package, MB |\n|---|---|---|---|---|---|---|\n"
    );
    for Row { name, to_next, next_ratio, to_answer, answer_ratio, memory, package } in &rows {
        let _ = writeln!(
            text,
            "| {name} | {to_next} | {next_ratio} | {to_answer} | {answer_ratio} | {memory:.1} | {package:.2} |"
        );
    }
    let _ = write!(text, "\n{}", verdict(&rows));
    text
}

/// What is held to the goals, and what is not.
fn verdict(rows: &[Row]) -> String {
    let [light, hashing] = MEMORY_MAX;
    let goals = format!(
        "Goals: at most {NEXT_RATIO_MAX} times the bare function to `next`; at most {light:.0} MiB, {hashing:.0} with \
         hashing; a package of at most {PACKAGE_MAX:.0} MB."
    );
    let functions = || rows.iter().filter(|row| ![BARE, BARE_AGAIN].contains(&row.name.as_str()));
    let slow = functions().filter(|row| row.next_ratio.median > NEXT_RATIO_MAX);
    let slow = slow.map(|row| format!("{} takes {:.2} times", row.name, row.next_ratio.median));
    let memory_max = |row: &Row| if HASHING.contains(&row.name.as_str()) { hashing } else { light };
    let large = functions().filter(|row| row.memory > memory_max(row));
    let large = large.map(|row| format!("{} needs {:.1} MiB", row.name, row.memory));
    let heavy = functions().filter(|row| row.package > PACKAGE_MAX);
    let heavy = heavy.map(|row| format!("{} has {:.2} MB", row.name, row.package));
    let missed: Vec<_> = slow.chain(large).chain(heavy).collect();
    if missed.is_empty() {
        return format!("{goals} All met.\n");
    }
    format!("{goals} Missed: {}.\n\n{WHY_MISSED}", missed.join("; "))
}
