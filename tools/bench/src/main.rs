//! `hookpoint-bench`: run by `cargo xtask bench`, which builds everything in the release profile first.

fn main() -> std::process::ExitCode {
    hookpoint_bench::app::run()
}
