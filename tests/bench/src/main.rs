//! `cargo run --release -p bench -- WHAT`.

fn main() {
    bench::run();
}
