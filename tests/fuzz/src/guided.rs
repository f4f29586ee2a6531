//! Lets libFuzzer choose the inputs of one target, `--target=NAME`; all else is its own command line.

#![no_main]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: OnceLock<Target> = OnceLock::new();

fn choose() {
    let name = std::env::args().find_map(|argument| argument.strip_prefix("--target=").map(str::to_owned));
    if let Some(target) = name.and_then(|name| Target::named(&name)) {
        TARGET.get_or_init(|| target);
    }
}

fuzz_target!(init: choose(), |input: &[u8]| {
    #[expect(clippy::expect_used, reason = "who runs this is told so")]
    TARGET.get().expect("--target=NAME names a target").hold(input);
});
