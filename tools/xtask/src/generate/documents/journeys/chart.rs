//! One journey as a flow chart in Mermaid's language, which GitHub draws.
//!
//! What does not happen on every journey has a way around it.

use hookpoint_stages::{Effect, Journey, Lead, Moment, Point, Step};

use super::is_asynchronous;

/// The chart of a journey.
///
/// Each id begins with a word of its own: Mermaid takes `end`, `style` and others at the beginning of an id for its keywords.
pub(super) fn chart(journey: &Journey) -> String {
    let mut lines = vec!["flowchart TD".to_owned()];
    let mut ways = Ways::default();
    let mut vetoes = Vec::new();
    for step in journey.steps {
        lines.extend(frame(step));
        if journey.is_sequence {
            // The box of the step says when it is part of the journey.
            ways.pass(format!("step_{}", step.name), None, step.when.is_some());
        }
        vetoes.extend(self::vetoes(step));
    }
    if vetoes.iter().any(|veto| veto.ends_with(" denied")) {
        let ended = journey.ended_by_denial();
        lines.push(format!("  denied{{{{\"the {ended} ends\"}}}}"));
    }
    lines.extend(ways.links.iter().map(|link| format!("  {link}")));
    lines.extend(vetoes);
    lines.join("\n") + "\n"
}

/// Links between what is passed in order.
#[derive(Default)]
struct Ways {
    links: Vec<String>,
    /// Where one may stand: the last thing that is always passed, and the conditional ones after it.
    open: Vec<String>,
}

impl Ways {
    fn from(start: &str) -> Self {
        Self {
            links: Vec::new(),
            open: vec![start.to_owned()],
        }
    }

    fn pass(&mut self, id: String, when: Option<&str>, is_conditional: bool) {
        let label = when.map(label).unwrap_or_default();
        let links = self.open.iter();
        self.links
            .extend(links.map(|from| format!("{from} -->{label} {id}")));
        if !is_conditional {
            self.open.clear();
        }
        self.open.push(id);
    }
}

fn label(when: &str) -> String {
    format!("|\"{when}\"|")
}

/// A step with its stages, in a frame.
fn frame(step: &Step) -> Vec<String> {
    let of = |moment| {
        let points = step.points.iter().enumerate();
        points.filter(move |(_, point)| point.moment == moment)
    };
    let mut boxes = Vec::new();
    let mut ways = Ways::default();
    if of(Moment::Before)
        .next()
        .is_some_and(|(_, first)| first.when.is_some())
    {
        let begin = format!("begin_{}", step.name);
        boxes.push(format!("{begin}((\" \"))"));
        ways = Ways::from(&begin);
    }
    for (index, point) in of(Moment::Before) {
        boxes.push(stage_box(step, index, point));
        ways.pass(stage_id(step, index), point.when, point.when.is_some());
    }
    let act = act_id(step.name);
    let when = step.when.map(|when| format!("<br>when {when}"));
    boxes.push(format!(
        "{act}[\"<b>{}</b>{}\"]",
        step.title,
        when.unwrap_or_default()
    ));
    ways.pass(act.clone(), None, false);
    for (index, point) in of(Moment::At) {
        boxes.push(stage_box(step, index, point));
        // A case of the step is beside its straight way.
        let mut beside = Ways::from(&act);
        beside.pass(stage_id(step, index), point.when, true);
        ways.links.extend(beside.links);
    }
    for (index, point) in of(Moment::After) {
        boxes.push(stage_box(step, index, point));
        ways.pass(stage_id(step, index), point.when, point.when.is_some());
    }
    let inside = boxes.into_iter().chain(ways.links);
    std::iter::once(format!("  subgraph step_{} [\" \"]", step.name))
        .chain(inside.map(|line| format!("    {line}")))
        .chain(["  end".to_owned()])
        .collect()
}

fn stage_box(step: &Step, index: usize, point: &Point) -> String {
    let (open, close) = if is_asynchronous(point.stage) {
        ("[/", "/]")
    } else {
        ("([", "])")
    };
    format!(
        "{}{open}\"{} {}\"{close}",
        stage_id(step, index),
        point.moment.as_str(),
        point.stage
    )
}

fn stage_id(step: &Step, index: usize) -> String {
    format!("hooks_{}_{index}", step.name)
}

/// The id of what the platform does in a step.
fn act_id(step: &str) -> String {
    format!("act_{step}")
}

/// Where hooks leave the straight way: for the same or an earlier step, for the end of the journey, or to be posted again once the
/// customer has answered or returned.
fn vetoes(step: &Step) -> Vec<String> {
    let mut links = Vec::new();
    for (index, point) in step.points.iter().enumerate() {
        let id = stage_id(step, index);
        let again = point
            .branches()
            .filter(|effect| matches!(effect.lead(), Lead::Asked | Lead::Redirected));
        let again: Vec<_> = again.map(Effect::as_str).collect();
        if !again.is_empty() {
            links.push(format!("  {id} -.->|{}| {id}", again.join(", ")));
        }
        for effect in point.branches() {
            match effect.lead() {
                Lead::Denied => links.push(format!("  {id} -.->|{effect}| denied")),
                Lead::Retried => {
                    links.push(format!("  {id} -.->|{effect}| {}", act_id(point.retry)));
                }
                _ => {}
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use hookpoint_stages::{JOURNEYS, Journey};

    use super::*;

    /// What the lines of a chart say.
    #[derive(Default)]
    struct Read<'a> {
        /// Each id with the frame that it is in; frames are in none.
        ids: BTreeMap<&'a str, Option<&'a str>>,
        links: Vec<(&'a str, &'a str)>,
        /// The ways that hooks choose.
        dashed: Vec<(&'a str, &'a str)>,
    }

    impl<'a> Read<'a> {
        fn of(chart: &'a str) -> Self {
            let mut read = Self::default();
            let mut frame = None;
            for line in chart.lines().skip(1).map(str::trim) {
                if line == "end" {
                    frame = None;
                } else if let Some(begun) = line.strip_prefix("subgraph ") {
                    let (id, _) = begun.split_once(' ').unwrap();
                    read.ids.insert(id, None);
                    frame = Some(id);
                } else if let Some((from, rest)) = line.split_once(['-']) {
                    assert!(rest.starts_with("->") || rest.starts_with(".->"), "{line}");
                    let (_, to) = rest.rsplit_once(' ').unwrap();
                    let links = if rest.starts_with('.') {
                        &mut read.dashed
                    } else {
                        &mut read.links
                    };
                    links.push((from.trim(), to));
                } else {
                    let id = line.find(['[', '(', '{']).unwrap();
                    read.ids.insert(&line[..id], frame);
                }
            }
            read
        }

        /// What can be reached from some ids without passing one.
        fn reached(
            &self,
            from: impl IntoIterator<Item = &'a str>,
            without: &str,
        ) -> BTreeSet<&'a str> {
            let mut reached = BTreeSet::new();
            let mut next: Vec<&str> = from.into_iter().filter(|id| *id != without).collect();
            while let Some(id) = next.pop() {
                if reached.insert(id) {
                    let links = self
                        .links
                        .iter()
                        .filter(|(from, to)| *from == id && *to != without);
                    next.extend(links.map(|(_, to)| *to));
                }
            }
            reached
        }

        /// Members of a frame, or frames, to which no other one leads.
        fn first(&self, frame: Option<&str>) -> Vec<&'a str> {
            let inside = |id: &str| self.ids.get(id).is_some_and(|of| *of == frame);
            let is_first = |id: &&str| {
                let mut links = self.links.iter();
                !links.any(|(from, to)| to == id && from != to && inside(from))
            };
            let members = self.ids.keys().copied().filter(|id| inside(id));
            members.filter(is_first).collect()
        }
    }

    #[test]
    fn no_id_begins_with_a_keyword_of_mermaid_and_every_link_has_two_ends() {
        const KEYWORDS: [&str; 12] = [
            "acc",
            "call",
            "class",
            "click",
            "default",
            "direction",
            "end",
            "flowchart",
            "graph",
            "href",
            "interpolate",
            "style",
        ];
        for journey in JOURNEYS {
            let chart = chart(journey);
            let read = Read::of(&chart);
            for id in read.ids.keys() {
                let is_taken = KEYWORDS.iter().any(|keyword| id.starts_with(keyword));
                assert!(
                    !is_taken && !id.starts_with("subgraph") && !id.starts_with("linkStyle"),
                    "{id}"
                );
                assert!(
                    id.chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c)),
                    "{id}"
                );
            }
            for (from, to) in &read.links {
                assert!(
                    read.ids.contains_key(from) && read.ids.contains_key(to),
                    "{from} {to}"
                );
            }
            // Within quotes, these would be more than a character.
            let texts = journey
                .steps
                .iter()
                .flat_map(|step| [Some(step.title), step.when]);
            let texts = texts.chain(journey.points().map(|(_, point)| point.when));
            for text in texts.flatten() {
                assert!(!text.contains(['"', '#', '<', '`']), "{text}");
            }
        }
    }

    #[test]
    fn a_stage_that_asks_or_redirects_is_posted_again() {
        let chart = |name| chart(Journey::from_name(name).unwrap());
        let line = "\n  hooks_account_0 -.->|redirect, profilingSteps| hooks_account_0\n";
        assert!(chart("registration").contains(line));
        let retried = "\n  hooks_identify_1 -.->|showError| act_identify\n";
        assert!(chart("login").contains(retried));
        // Nothing waits for the hooks of a conversation.
        let conversation = chart("conversation");
        assert!(Read::of(&conversation).dashed.is_empty(), "{conversation}");
    }

    #[test]
    fn what_is_conditional_has_a_way_around_it() {
        let mut conditional = 0;
        for journey in JOURNEYS {
            let chart = chart(journey);
            let read = Read::of(&chart);
            let mut check = |frame: Option<&str>, without: &str| {
                let reached = read.reached(read.first(frame), without);
                let inside = read
                    .ids
                    .iter()
                    .filter(|(id, of)| **of == frame && **id != without && **id != "denied");
                for (id, _) in inside {
                    assert!(
                        reached.contains(id),
                        "{id} is only reached through {without}:\n{chart}"
                    );
                }
                conditional += 1;
            };
            for step in journey.steps {
                let frame = format!("step_{}", step.name);
                for (index, point) in step.points.iter().enumerate() {
                    if point.when.is_some() {
                        check(Some(&frame), &stage_id(step, index));
                    }
                }
                if step.when.is_some() && journey.is_sequence {
                    check(None, &frame);
                }
            }
        }
        assert!(conditional > 10, "{conditional}");
    }

    #[test]
    fn what_always_happens_has_no_way_around_it() {
        let journey = Journey::from_name("registration").unwrap();
        let chart = chart(journey);
        let read = Read::of(&chart);
        for (step, index) in [("account", 0), ("verification", 0)] {
            let step = journey.step(step).unwrap();
            let (frame, passed) = (format!("step_{}", step.name), stage_id(step, index));
            let reached = read.reached(read.first(Some(&frame)), &passed);
            assert!(!reached.contains(act_id(step.name).as_str()), "{chart}");
        }
        assert!(
            !read
                .reached(read.first(None), "step_account")
                .contains("step_token")
        );
    }
}
