//! What a million of each deed costs in the cloud: capacity and processor time measured, times AWS's prices.

use std::fmt::Write;
use std::time::Duration;

use local::options::Options;
use scenarios::World;
use scenarios::lambda::{Platform, Programs};
use shared::store::Usage;

use crate::deeds::Kind;
use crate::prices::{Prices, Use};

/// Memory sizes that are compared.
const MEGABYTES: [u32; 5] = [128, 256, 512, 1_024, 1_769];
const MEGABYTES_MIN: u32 = 256;

/// What one deed of a kind uses.
struct Row {
    kind: Kind,
    one: Use,
    /// Memory of its function in the template.
    megabytes: u32,
}

/// Does every kind of deed, and gives the section for the results.
pub(crate) async fn measure(programs: &Programs) -> String {
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let usage = capacity(kind).await;
        let (processor_time, megabytes) = processor_time(kind, programs).await;
        let count = u32::try_from(kind.count()).expect("some");
        let each = |sum: f64| sum / f64::from(count);
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 requests")]
        let store_requests = each(usage.requests as f64);
        let one = Use {
            gateway_requests: kind.gateway_requests().into(),
            invocations: kind.invocations().into(),
            processor_milliseconds: (processor_time / count).as_secs_f64() * 1_000.0,
            store_requests,
            read_units: each(usage.read_units),
            write_units: each(usage.write_units),
        };
        rows.push(Row { kind, one, megabytes });
    }
    section(&rows, &Prices::read())
}

/// What the deeds of this kind ask of the table, by its own count.
async fn capacity(kind: Kind) -> Usage {
    let world = World::with(Options { cheap_hashes: true, ..Options::in_memory() }).await;
    let deeds = kind.deeds(&world).await;
    let before = world.meter().read();
    for deed in deeds {
        deed.await;
    }
    world.meter().read().since(before)
}

/// How long the function works for the deeds of this kind, as a process built for the cloud; and its memory there.
async fn processor_time(kind: Kind, programs: &Programs) -> (Duration, u32) {
    let options = Options { cheap_hashes: false, ..Options::in_memory() };
    let (world, platform) = World::on_platform(options, |deployment| Platform::new(deployment, programs)).await;
    let lambda = platform.lambda();
    let spent = || -> Duration {
        lambda.environments(kind.function()).iter().map(|environment| environment.processor_time()).sum()
    };
    let deeds = kind.deeds(&world).await;
    let before = spent();
    for deed in deeds {
        deed.await;
    }
    (spent().saturating_sub(before), lambda.program(kind.function()).memory_megabytes)
}

fn section(rows: &[Row], prices: &Prices) -> String {
    let mut text = format!(
        "Capacity units as the table counts them; processor time of the function's process, built with the profile \
         `deploy`,\non one core of this machine, which is taken for one of Lambda's processors. Prices of {} \
         (`prices.toml`), before logs\nand free tiers; arm64. A request to the table is taken to be waited for as long \
         as `prices.toml` says, each after the\nother. No start of an environment is in it, and no use that is \
         recorded once in 15 minutes (one write unit).\n\n\
         | one | store requests | read units | least | write units | least | for | processor, ms |\n\
         |---|---:|---:|---:|---:|---:|---|---:|\n",
        prices.as_of
    );
    for Row { kind, one, .. } in rows {
        let Use { store_requests, read_units, write_units, processor_milliseconds, .. } = one;
        let (least_read, least_write, what) = kind.least();
        let _ = writeln!(
            text,
            "| {} | {store_requests:.1} | {read_units:.1} | {least_read:.1} | {write_units:.1} | {least_write:.1} | {what} \
             | {processor_milliseconds:.2} |",
            kind.name()
        );
    }
    let _ = write!(
        text,
        "\nUS dollars for a million, with the memory of the template:\n\n\
         | a million | memory, MB | billed, ms | gateway | invocations | time | reads | writes | all | goal |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n"
    );
    for Row { kind, one, megabytes } in rows {
        let price = prices.of_a_million(one, *megabytes);
        let _ = writeln!(
            text,
            "| {} | {megabytes} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | **{:.2}** | {} |",
            kind.name(),
            prices.milliseconds(one, *megabytes),
            price.gateway,
            price.invocations,
            price.time,
            price.reads,
            price.writes,
            price.total(),
            verdict(*kind, price.total())
        );
    }
    let sizes: Vec<_> = MEGABYTES.iter().map(|size| format!("{size} MB")).collect();
    let _ = write!(
        text,
        "\nThe same by memory, with the milliseconds billed for each call. Less than {MEGABYTES_MIN} MB is not \
         deployed: TLS at the start takes seconds there.\n\n| a million | {} |\n|---{}|\n",
        sizes.join(" | "),
        "|---:".repeat(MEGABYTES.len())
    );
    for Row { kind, one, .. } in rows {
        let of = |size: &u32| {
            format!("{:.2} ({:.0} ms)", prices.of_a_million(one, *size).total(), prices.milliseconds(one, *size))
        };
        let _ = writeln!(text, "| {} | {} |", kind.name(), MEGABYTES.iter().map(of).collect::<Vec<_>>().join(" | "));
    }
    text
}

fn verdict(kind: Kind, total: f64) -> String {
    match kind.goal() {
        None => String::new(),
        Some(goal) if total <= goal => format!("at most {goal:.2}: met"),
        Some(goal) => format!("at most {goal:.2}: not met"),
    }
}
