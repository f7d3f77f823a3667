//! The life of the processes: on demand, restarted, and gone at the end.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hookpoint_engine::outcome::FailureClass;
use hookpoint_script::{Sandbox, SandboxMode, SandboxOptions, SandboxPolicy};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::support::{descendants, eventually, sandbox, script, server::HttpFetch, tests};

tests![
    nothing_runs_before_a_script_is_known_and_nothing_after_the_shutdown,
    a_dead_zygote_is_replaced,
    a_run_ends_when_its_zygote_is_killed,
    dropping_the_last_handle_leaves_no_process,
    a_parent_that_is_killed_leaves_no_process,
    runs_beyond_the_capacity_wait_their_turn,
    a_prepared_hook_is_served_by_its_primed_child_and_another_is_not,
    a_waiting_child_is_limited_filtered_and_has_nothing_of_its_parent,
    a_program_that_cannot_become_the_sandbox_is_told_so,
    without_a_filter_scripts_fail_or_run_as_the_operator_chose,
];

const FINE: &str = "export default () => ({ context: { fine: true } })";

async fn nothing_runs_before_a_script_is_known_and_nothing_after_the_shutdown() {
    let sandbox = sandbox();
    sandbox.replenish().await;
    assert_eq!(descendants().0, [] as [u32; 0]);
    script(FINE).response(&sandbox).await;
    assert!(!descendants().0.is_empty());
    sandbox.shutdown();
    assert_eq!(descendants(), (vec![], vec![]));
    let failure = script(FINE).failure(&sandbox).await;
    assert_eq!(failure.class, FailureClass::SandboxUnavailable);
}

/// The direct child of this process.
fn zygote() -> u32 {
    let own = std::process::id().to_string();
    descendants()
        .0
        .into_iter()
        .find(|process| {
            std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
                stat.rsplit(") ")
                    .next()
                    .is_some_and(|rest| rest.split(' ').nth(1) == Some(&own))
            })
        })
        .expect("a zygote")
}

fn kill(process: u32) {
    let status = Command::new("kill")
        .args(["-9", &process.to_string()])
        .status()
        .expect("kill");
    assert!(status.success());
}

async fn a_dead_zygote_is_replaced() {
    let sandbox = sandbox();
    script(FINE).response(&sandbox).await;
    let first = zygote();
    kill(first);
    eventually("the zygote and its children are gone", || {
        let (running, ended) = descendants();
        !running.contains(&first) && ended.is_empty()
    })
    .await;
    script(FINE).response(&sandbox).await;
    assert_ne!(zygote(), first);
}

async fn a_run_ends_when_its_zygote_is_killed() {
    let sandbox = sandbox();
    script(FINE).response(&sandbox).await;
    let run = script("export default () => new Promise((resolve) => setTimeout(resolve, 60000))")
        .limit(Duration::from_secs(20));
    let started = Instant::now();
    let (failure, ()) = futures::join!(run.failure(&sandbox), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        kill(zygote());
    });
    assert_eq!(failure.class, FailureClass::ScriptCrash, "{failure}");
    assert!(started.elapsed() < Duration::from_secs(5));
    script(FINE).response(&sandbox).await;
}

async fn dropping_the_last_handle_leaves_no_process() {
    let sandbox = sandbox();
    let other = sandbox.clone();
    script(FINE).response(&sandbox).await;
    drop(sandbox);
    script(FINE).response(&other).await;
    drop(other);
    eventually("every process is gone", || {
        descendants() == (vec![], vec![])
    })
    .await;
}

/// This test runs itself again as a parent that a second copy of this test binary then kills. The children must go too, although
/// nobody tells them anything.
async fn a_parent_that_is_killed_leaves_no_process() {
    if std::env::var_os("HOOKPOINT_TEST_DOOMED").is_some() {
        let sandbox = sandbox();
        script(FINE).response(&sandbox).await;
        sandbox.prepare(&script(FINE).hook).await;
        let processes: Vec<String> = descendants().0.iter().map(ToString::to_string).collect();
        eprintln!("\nDOOMED {}", processes.join(" "));
        std::future::pending::<()>().await;
    }
    let mut doomed = Command::new("/proc/self/exe")
        .args([
            "--exact",
            "processes::a_parent_that_is_killed_leaves_no_process",
        ])
        .env("HOOKPOINT_TEST_DOOMED", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test again");
    let processes: Vec<u32> = BufReader::new(doomed.stderr.as_mut().expect("its errors"))
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            let list = line.strip_prefix("DOOMED ")?.to_owned();
            Some(
                list.split(' ')
                    .map(|process| process.parse().expect("a number"))
                    .collect(),
            )
        })
        .expect("its processes");
    assert!(processes.len() >= 2, "{processes:?}");
    doomed.kill().expect("killed");
    doomed.wait().expect("reaped");
    eventually("the grandchildren are gone", || {
        processes.iter().all(|process| {
            // Gone, or waiting for whoever inherits orphans to reap it.
            std::fs::read_to_string(format!("/proc/{process}/stat"))
                .map_or(true, |stat| stat.contains(") Z "))
        })
    })
    .await;
    let mut rest = String::new();
    let _ = doomed
        .stderr
        .take()
        .map(|mut errors| errors.read_to_string(&mut rest));
}

async fn runs_beyond_the_capacity_wait_their_turn() {
    let options = SandboxOptions {
        memory_mb: 96 + 48,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(options, std::sync::Arc::new(HttpFetch));
    assert_eq!(sandbox.capacity(), 1);
    script(FINE).response(&sandbox).await;
    let slow =
        script("export default () => new Promise((resolve) => setTimeout(() => resolve({}), 100))");
    let started = Instant::now();
    let (first, second) = futures::join!(slow.on(&sandbox), slow.on(&sandbox));
    assert!(first.is_ok() && second.is_ok());
    assert!(
        started.elapsed() >= Duration::from_millis(200),
        "{:?}",
        started.elapsed()
    );
    let quick = script(FINE).limit(Duration::from_millis(30));
    let (_, hopeless) = futures::join!(slow.on(&sandbox), quick.failure(&sandbox));
    assert_eq!(hopeless.class, FailureClass::SandboxUnavailable);
    assert!(hopeless.message.contains("1 places"), "{hopeless}");
}

async fn a_prepared_hook_is_served_by_its_primed_child_and_another_is_not() {
    let options = SandboxOptions {
        replenish_after_run: false,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(options, std::sync::Arc::new(HttpFetch));
    let prepared = script(FINE);
    sandbox.prepare(&prepared.hook).await;
    eventually("the zygote, a primed and an unprimed child", || {
        descendants().0.len() == 3
    })
    .await;
    // Another body under the same name and version must not run the old code.
    let other = script("export default () => ({ context: { other: true } })");
    assert_eq!(other.response(&sandbox).await["context"]["other"], true);
    assert_eq!(prepared.response(&sandbox).await["context"]["fine"], true);
    eventually("both were used up and none was made", || {
        descendants().0.len() == 1
    })
    .await;
    sandbox.replenish().await;
    eventually("a child for each of the two hooks, and one for any", || {
        descendants().0.len() == 4
    })
    .await;
}

/// A file of a process below `/proc`.
fn proc_file(process: u32, name: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/{name}")).unwrap_or_default()
}

async fn a_waiting_child_is_limited_filtered_and_has_nothing_of_its_parent() {
    let sandbox = sandbox();
    sandbox.prepare(&script(FINE).hook).await;
    let zygote = zygote();
    let children = || -> Vec<u32> {
        let all = descendants().0;
        all.into_iter()
            .filter(|process| *process != zygote)
            .collect()
    };
    eventually("two children have their filter", || {
        let filtered = |child: &u32| proc_file(*child, "status").contains("Seccomp:\t2\n");
        children().len() == 2 && children().iter().all(filtered)
    })
    .await;
    for child in children() {
        let status = proc_file(child, "status");
        assert!(
            status.contains("NoNewPrivs:\t1\n") && status.contains("Threads:\t1\n"),
            "{status}"
        );
        let limits = proc_file(child, "limits");
        let limit = |name: &str| -> Option<u64> {
            let line = limits.lines().find(|line| line.starts_with(name))?;
            line[name.len()..].split_whitespace().next()?.parse().ok()
        };
        let nothing = [
            "Max file size",
            "Max core file size",
            "Max processes",
            "Max locked memory",
        ];
        assert!(
            nothing.iter().all(|name| limit(name) == Some(0)),
            "{limits}"
        );
        assert_eq!(
            (limit("Max cpu time"), limit("Max open files")),
            (Some(12), Some(3)),
            "{limits}"
        );
        // 64 MB more than the zygote had: far from what an engine without a limit could take.
        assert!(
            limit("Max address space").is_some_and(|bytes| bytes < 1 << 30),
            "{limits}"
        );
        let descriptors = std::fs::read_dir(format!("/proc/{child}/fd")).map_or(0, Iterator::count);
        assert_eq!(descriptors, 1);
    }
    for process in descendants().0 {
        assert_eq!(
            proc_file(process, "environ"),
            "",
            "the environment of process {process}"
        );
    }
}

async fn a_program_that_cannot_become_the_sandbox_is_told_so() {
    let options = SandboxOptions {
        program: Some("/bin/true".into()),
        policy: SandboxPolicy::Prefer,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::new(options, std::sync::Arc::new(HttpFetch));
    assert_eq!(sandbox.mode(), SandboxMode::Filtered);
    let failure = script(FINE).failure(&sandbox).await;
    assert_eq!(failure.class, FailureClass::SandboxUnavailable);
    assert!(failure.message.contains("run_if_sandbox"), "{failure}");
}

/// This test runs itself again as a process to which the system refuses filters.
async fn without_a_filter_scripts_fail_or_run_as_the_operator_chose() {
    if std::env::var_os("HOOKPOINT_TEST_UNFILTERED").is_none() {
        let output = Command::new("/proc/self/exe")
            .args([
                "--exact",
                "processes::without_a_filter_scripts_fail_or_run_as_the_operator_chose",
            ])
            .env("HOOKPOINT_TEST_UNFILTERED", "1")
            .output()
            .expect("this test again");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        return;
    }
    let refused = SeccompFilter::new(
        [(seccomp_call(), Vec::new())].into(),
        SeccompAction::Allow,
        SeccompAction::Errno(1),
        std::env::consts::ARCH.try_into().expect("an architecture"),
    )
    .expect("a filter");
    let refused: BpfProgram = refused.try_into().expect("a program");
    seccompiler::apply_filter_all_threads(&refused).expect("applied");

    let strict = sandbox();
    assert_eq!(strict.mode(), SandboxMode::Unavailable);
    let failure = script(FINE).failure(&strict).await;
    assert_eq!(failure.class, FailureClass::SandboxUnavailable);
    assert!(failure.message.contains("`prefer`"), "{failure}");

    let options = SandboxOptions {
        policy: SandboxPolicy::Prefer,
        ..SandboxOptions::default()
    };
    let lenient = Sandbox::new(options, std::sync::Arc::new(HttpFetch));
    assert_eq!(lenient.mode(), SandboxMode::Unfiltered);
    script(FINE).response(&lenient).await;
    let endless =
        script("export default () => { Array(1e9).sort() }").limit(Duration::from_millis(100));
    let failure = endless.failure(&lenient).await;
    assert_eq!(
        failure.class,
        FailureClass::ScriptTimeout,
        "deadlines hold all the same"
    );
}

/// The number of `seccomp` itself.
fn seccomp_call() -> i64 {
    if cfg!(target_arch = "x86_64") {
        317
    } else {
        277
    }
}
