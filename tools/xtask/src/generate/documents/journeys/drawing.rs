//! One journey as SVG: steps on a line from top to bottom, stages where they are reported.
//!
//! Text stays text. Colours follow the reader's scheme, on no background of its own.

use std::fmt::Write as _;

use hookpoint_stages::{Effect, Journey, Lead, Moment, Point, Step};

use super::is_asynchronous;

const WIDTH: i32 = 960;
/// The line, and where texts of stages begin.
const LINE: i32 = 165;
const TEXT: i32 = 366;
/// Boxes of steps.
const BOX_LEFT: i32 = 40;
const BOX_WIDTH: i32 = 250;
const BOX_HEIGHT: i32 = 44;
const ROW: i32 = 54;
const GAP: i32 = 22;
/// Where the customer returns after a message.
const LANE: i32 = 18;
/// Maximum number of characters of a remark under a stage.
const REMARK: usize = 94;

const STYLE: &str = "\
<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .step { font-weight: 600; text-anchor: middle }
  .stage { font: 600 13px ui-monospace, SFMono-Regular, Menlo, monospace }
  .small { font-size: 11.5px; fill: #59636e }
  .when { text-anchor: middle }
  .moment { font-size: 11.5px; fill: #59636e; text-anchor: end }
  .line { stroke: #8c959f; stroke-width: 2; fill: none }
  .box { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.5 }
  .maybe { stroke-dasharray: 5 4 }
  .hook { fill: #0969da; stroke: #0969da; stroke-width: 2 }
  .later { fill: #ffffff; stroke: #0969da; stroke-width: 2 }
  .lead { stroke: #d0d7de; stroke-width: 1 }
  .retry { stroke: #9a6700; stroke-width: 1.5; fill: none; stroke-dasharray: 2 3 }
  .tip { fill: #9a6700 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small, .moment { fill: #9198a1 }
    .line { stroke: #6e7681 }
    .box { fill: #161b22; stroke: #6e7681 }
    .hook { fill: #4493f8; stroke: #4493f8 }
    .later { fill: #0d1117; stroke: #4493f8 }
    .lead { stroke: #30363d }
    .retry { stroke: #d29922 }
    .tip { fill: #d29922 }
  }
</style>
";

/// What is drawn so far, and where the next row begins.
struct Canvas {
    shapes: String,
    y: i32,
    /// Steps with the middle of their boxes.
    boxes: Vec<(&'static str, i32)>,
    /// Stages after which the customer may return to a step.
    returns: Vec<(&'static str, i32)>,
}

/// The drawing of a journey.
pub(super) fn svg(journey: &'static Journey) -> String {
    let mut canvas = Canvas {
        shapes: String::new(),
        y: 84,
        boxes: Vec::new(),
        returns: Vec::new(),
    };
    let mut first = None;
    for step in journey.steps {
        let (top, bottom) = canvas.step(step);
        if !journey.is_sequence {
            canvas.line(top, bottom);
        }
        first.get_or_insert(top);
    }
    let bottom = canvas.y - GAP;
    let mut below = String::new();
    if let (Some(top), true) = (first, journey.is_sequence) {
        let mut line = Canvas {
            shapes: String::new(),
            y: 0,
            boxes: Vec::new(),
            returns: Vec::new(),
        };
        line.line(top, bottom);
        below = line.shapes;
    }
    let ways = canvas.ways();
    let legend = legend(canvas.y + 14);
    let height = canvas.y + 78;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title summary\">\n\
         <title id=\"title\">{title}: where and when hooks are launched</title>\n\
         <desc id=\"summary\">{summary}</desc>\n\
         {STYLE}<text class=\"title\" x=\"{BOX_LEFT}\" y=\"34\">{title}</text>\n\
         <text class=\"small\" x=\"{BOX_LEFT}\" y=\"54\">{summary}</text>\n\
         {below}{ways}{shapes}{legend}</svg>\n",
        title = escaped(journey.title),
        summary = escaped(journey.summary),
        shapes = canvas.shapes,
    )
}

impl Canvas {
    /// Draws a step with its stages; returns where its part of the line begins and ends.
    fn step(&mut self, step: &'static Step) -> (i32, i32) {
        let top = self.y;
        let of = |moment| {
            step.points
                .iter()
                .filter(move |point| point.moment == moment)
        };
        for point in of(Moment::Before) {
            self.point(point, step);
        }
        let middle = self.y + BOX_HEIGHT / 2;
        self.boxes.push((step.name, middle));
        let maybe = if step.when.is_some() { " maybe" } else { "" };
        let (left, y) = (LINE - BOX_WIDTH / 2, self.y);
        self.draw(format_args!(
            "<rect class=\"box{maybe}\" x=\"{left}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"8\"/>"
        ));
        let title = escaped(step.title);
        match step.when {
            None => self.draw(format_args!(
                "<text class=\"step\" x=\"{LINE}\" y=\"{}\">{title}</text>",
                middle + 5
            )),
            Some(when) => {
                self.draw(format_args!(
                    "<text class=\"step\" x=\"{LINE}\" y=\"{}\">{title}</text>",
                    middle - 3
                ));
                self.draw(format_args!(
                    "<text class=\"small when\" x=\"{LINE}\" y=\"{}\">if {}</text>",
                    middle + 14,
                    escaped(when)
                ));
            }
        }
        let mut cases = of(Moment::At).peekable();
        if cases.peek().is_none() {
            self.y += BOX_HEIGHT + 10;
        }
        for point in cases {
            self.point(point, step);
        }
        for point in of(Moment::After) {
            self.point(point, step);
        }
        let bottom = self.y;
        self.y += GAP;
        (top, bottom)
    }

    /// Draws a stage. One that is reported while the step happens stands at the edge of its box.
    fn point(&mut self, point: &'static Point, step: &'static Step) {
        let y = self.y + BOX_HEIGHT / 2;
        let is_case = point.moment == Moment::At;
        let x = if is_case { LINE + BOX_WIDTH / 2 } else { LINE };
        self.draw(format_args!(
            "<line class=\"lead\" x1=\"{x}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>",
            TEXT - 52
        ));
        let class = if is_asynchronous(point.stage) {
            "later"
        } else {
            "hook"
        };
        self.draw(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"
        ));
        self.draw(format_args!(
            "<text class=\"moment\" x=\"{}\" y=\"{}\">{}</text>",
            TEXT - 8,
            y + 4,
            point.moment.as_str()
        ));
        self.draw(format_args!(
            "<text class=\"stage\" x=\"{TEXT}\" y=\"{}\">{}</text>",
            y - 1,
            point.stage
        ));
        if let Some(when) = point.when {
            let beside = TEXT + 12 + i32::try_from(point.stage.id().len()).unwrap_or(0) * 8;
            self.draw(format_args!(
                "<text class=\"small\" x=\"{beside}\" y=\"{}\">if {}</text>",
                y - 1,
                escaped(when)
            ));
        }
        self.draw(format_args!(
            "<text class=\"small\" x=\"{TEXT}\" y=\"{}\">{}</text>",
            y + 16,
            escaped(&remark(point))
        ));
        let mut effects = point.branches();
        if effects.any(|effect| effect.lead() == Lead::Retried) && point.retry != step.name {
            self.returns.push((point.retry, y));
        }
        self.y += ROW;
    }

    /// The dashed ways back to earlier steps.
    fn ways(&self) -> String {
        let mut ways = String::new();
        for (name, to) in &self.boxes {
            let from: Vec<_> = self
                .returns
                .iter()
                .filter(|(step, _)| step == name)
                .collect();
            let Some((_, lowest)) = from.iter().max_by_key(|(_, y)| (y - to).abs()) else {
                continue;
            };
            let edge = LINE - BOX_WIDTH / 2;
            let _ = writeln!(
                ways,
                "<path class=\"retry\" d=\"M {LINE} {lowest} H {LANE} V {to} H {}\"/>\n\
                 <path class=\"tip\" d=\"M {edge} {to} l -9 -5 v 10 z\"/>",
                edge - 6
            );
            for (_, y) in from {
                let _ = writeln!(ways, "<path class=\"retry\" d=\"M {LINE} {y} H {LANE}\"/>");
            }
        }
        ways
    }

    fn line(&mut self, top: i32, bottom: i32) {
        self.draw(format_args!(
            "<path class=\"line\" d=\"M {LINE} {top} V {bottom} m -5 -7 l 5 8 l 5 -8\"/>"
        ));
    }

    fn draw(&mut self, shape: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.shapes, "{shape}");
    }
}

/// What hooks can do at a stage, on one line.
fn remark(point: &Point) -> String {
    if is_asynchronous(point.stage) {
        return "runs afterwards: nothing waits".to_owned();
    }
    // What leaves the straight way comes first.
    let mut of_stage: Vec<_> = point.stage.effects().iter().collect();
    of_stage.sort_by_key(|effect| effect.lead() == Lead::Onwards);
    let effects: Vec<_> = of_stage
        .into_iter()
        .filter(|effect| !matches!(effect, Effect::Context | Effect::Session))
        .map(|effect| match effect {
            effect if effect.lead() == Lead::Retried => format!("{effect} → {}", point.retry),
            effect => effect.as_str().to_owned(),
        })
        .collect();
    if effects.is_empty() {
        return "sets variables".to_owned();
    }
    let mut shown = effects;
    let count = shown.len();
    while shown.join(" · ").chars().count() > REMARK - 4 {
        shown.pop();
    }
    let more = if shown.len() < count { " · …" } else { "" };
    format!("{}{more}", shown.join(" · "))
}

fn legend(y: i32) -> String {
    let (second, third) = (BOX_LEFT + 270, BOX_LEFT + 520);
    format!(
        "<circle class=\"hook\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>\n\
         <text class=\"small\" x=\"{}\" y=\"{text}\">hooks run, and the platform waits</text>\n\
         <circle class=\"later\" cx=\"{second}\" cy=\"{y}\" r=\"6\"/>\n\
         <text class=\"small\" x=\"{}\" y=\"{text}\">hooks run afterwards</text>\n\
         <path class=\"retry\" d=\"M {third} {y} h 26\"/>\n\
         <text class=\"small\" x=\"{}\" y=\"{text}\">showError: the customer repeats a step</text>\n\
         <rect class=\"box maybe\" x=\"{}\" y=\"{}\" width=\"26\" height=\"16\" rx=\"4\"/>\n\
         <text class=\"small\" x=\"{}\" y=\"{}\">a step that is not part of every journey</text>\n",
        BOX_LEFT + 18,
        second + 14,
        third + 36,
        BOX_LEFT,
        y + 18,
        BOX_LEFT + 36,
        y + 30,
        x = BOX_LEFT + 4,
        text = y + 4,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
