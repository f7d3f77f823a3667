//! A quota of processor time for this program and its children, as Lambda sets by a function's memory.
//!
//! It is a control group, of version 2 (`cpu.max`) if that has the processor controller, else of version 1
//! (`cpu.cfs_quota_us`); the kernel's mechanism is the same.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail, ensure};

/// The period of the quota in microseconds, believed to be Lambda's.
const PERIOD: u64 = 20_000;
/// Memory of a function in megabytes, and its share of one processor in thousandths.
pub(crate) const LAMBDA: [(u32, u64); 3] = [(256, 145), (512, 290), (1_024, 580)];
const PREFIX: &str = "hookpoint-bench-";

/// Where control groups can be created.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    version: Version,
    /// The group of this process.
    home: PathBuf,
    /// The group below which one can be created.
    parent: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A quota in effect. Dropping it removes the quota; processes started meanwhile must have ended.
#[derive(Debug)]
pub(crate) struct Quota {
    home: PathBuf,
    group: PathBuf,
}

impl Quota {
    /// Sets a quota for this process, in thousandths of one processor.
    ///
    /// # Errors
    /// The system does not allow it, with the reason.
    pub(crate) fn set(thousandths: u64) -> anyhow::Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let hierarchy = hierarchy(&mounts, &own, |file| fs::read_to_string(file).ok())?;
        let group = hierarchy
            .parent
            .join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir(&group).with_context(|| {
            format!("failed to create a control group in `{}`", group.display())
        })?;
        // From here on, dropping it cleans up.
        let quota = Self {
            home: hierarchy.home,
            group,
        };
        let time = PERIOD * thousandths / 1_000;
        match hierarchy.version {
            Version::Two => quota.write("cpu.max", &format!("{time} {PERIOD}"))?,
            Version::One => {
                quota.write("cpu.cfs_period_us", &PERIOD.to_string())?;
                quota.write("cpu.cfs_quota_us", &time.to_string())?;
            }
        }
        quota.write("cgroup.procs", &std::process::id().to_string())?;
        Ok(quota)
    }

    /// The number of periods, and how many of them exhausted the quota.
    pub(crate) fn throttled(&self) -> anyhow::Result<(u64, u64)> {
        let path = self.group.join("cpu.stat");
        let text = fs::read_to_string(&path)?;
        let count = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        count("nr_periods ")
            .zip(count("nr_throttled "))
            .with_context(|| format!("`{}` is not as expected", path.display()))
    }

    fn write(&self, file: &str, text: &str) -> anyhow::Result<()> {
        write(&self.group.join(file), text)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // Killed processes may take a moment to end. A leftover group is empty and harmless.
        let _ = write(
            &self.home.join("cgroup.procs"),
            &std::process::id().to_string(),
        );
        for _ in 0..50 {
            if fs::remove_dir(&self.group).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text)
        .with_context(|| format!("failed to write `{text}` to `{}`", path.display()))
}

/// Finds a parent for a group with a processor quota, from the kernel's lists of mounts and of this process's groups.
fn hierarchy(
    mounts: &str,
    own: &str,
    read: impl Fn(&Path) -> Option<String>,
) -> anyhow::Result<Hierarchy> {
    let two = version_two(mounts, own, read);
    two.or_else(|why| {
        version_one(mounts, own)
            .with_context(|| format!("there is no processor quota: {why}; as to version 1"))
    })
}

fn version_two(
    mounts: &str,
    own: &str,
    read: impl Fn(&Path) -> Option<String>,
) -> anyhow::Result<Hierarchy> {
    let mount = mounted(mounts, |kind, _| kind == "cgroup2")
        .context("version 2 of control groups is not mounted")?;
    let group = own
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .context("this process is in no group of version 2")?;
    let home = mount.join(group);
    // A group with processes cannot limit groups below it, unless it is the root.
    let parent = match home.parent() {
        Some(parent) if !group.is_empty() => parent.to_owned(),
        _ => home.clone(),
    };
    let controls = |file: &str| {
        let controllers = read(&parent.join(file)).unwrap_or_default();
        controllers.split_whitespace().any(|name| name == "cpu")
    };
    if !controls("cgroup.controllers") {
        bail!(
            "version 2 has no processor controller in `{}`",
            parent.display()
        );
    }
    ensure!(
        controls("cgroup.subtree_control"),
        "version 2 does not pass the processor controller on; `+cpu` in `{}` would change that",
        parent.join("cgroup.subtree_control").display()
    );
    Ok(Hierarchy {
        version: Version::Two,
        home,
        parent,
    })
}

fn version_one(mounts: &str, own: &str) -> anyhow::Result<Hierarchy> {
    let mount = mounted(mounts, |kind, options| {
        kind == "cgroup" && options.split(',').any(|option| option == "cpu")
    })
    .ok_or_else(|| anyhow!("its processor controller is not mounted"))?;
    let group = own
        .lines()
        .find_map(|line| {
            let (controllers, group) = line.split_once(':')?.1.split_once(":/")?;
            controllers
                .split(',')
                .any(|name| name == "cpu")
                .then_some(group)
        })
        .context("this process is in no group of its processor controller")?;
    let home = mount.join(group);
    Ok(Hierarchy {
        version: Version::One,
        parent: home.clone(),
        home,
    })
}

fn mounted(mounts: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (path, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        is_it(kind, options).then(|| PathBuf::from(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &str = "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu,cpuacct 0 0\n\
                         cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n";

    #[test]
    fn version_two_is_used_where_it_can_bound_processor_time_and_version_one_elsewhere() {
        let mounts = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n";
        let found = hierarchy(mounts, "0::/user/me\n", |file| {
            file.starts_with("/sys/fs/cgroup/user")
                .then(|| "cpuset cpu io\n".to_owned())
        });
        let expected = Hierarchy {
            version: Version::Two,
            home: "/sys/fs/cgroup/user/me".into(),
            parent: "/sys/fs/cgroup/user".into(),
        };
        assert_eq!(found.unwrap(), expected);
        let own = "3:cpu,cpuacct:/\n0::/\n";
        let found = hierarchy(MIXED, own, |_| Some("hugetlb\n".to_owned()));
        assert_eq!(found.unwrap().version, Version::One);
    }

    #[test]
    fn what_is_missing_is_said() {
        let mounts = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
        let found = hierarchy(mounts, "0::/\n", |_| None);
        let message = format!("{:#}", found.unwrap_err());
        assert!(
            message.contains("no processor controller in `/sys/fs/cgroup"),
            "{message}"
        );
        assert!(message.contains("is not mounted"), "{message}");
    }
}
