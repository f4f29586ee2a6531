//! `cargo run --release -p bench --bin allocations`: a program of its own, since counting takes time.

use dhat::HeapStats;

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    bench::count_allocations(|| {
        let HeapStats { total_blocks, total_bytes, .. } = HeapStats::get();
        [total_blocks, total_bytes]
    });
}
