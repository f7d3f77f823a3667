//! Parses text into the tree, within limits.

use std::collections::{HashMap, hash_map};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use hookpoint_engine::event::json::is_private_name;

use super::{
    Entry, Node, NodeValue, Place, Spanned,
    scalar::{self, Unclear},
};
use crate::problem::Problems;

/// Maximum size of a document, in bytes.
pub(crate) const LARGEST_DOCUMENT: usize = 1024 * 1024;
/// Maximum nesting of collections.
const DEEPEST: usize = 64;
/// Maximum number of values in a document.
const MOST_NODES: usize = 50_000;

/// Parses the document's one value. Problems go to `problems`. Returns `None` only if they destroy the structure, so
/// that the rest can be checked otherwise. `first_line` is what to write into an empty file.
pub fn read(text: &str, first_line: &str, problems: &mut Problems<'_>) -> Option<Node> {
    if text.len() > LARGEST_DOCUMENT {
        problems.push_for_file(
            format!("larger than {LARGEST_DOCUMENT} bytes"),
            "move large scripts and responses into files of their own",
        );
        return None;
    }
    if let Some(line) = lone_carriage_return(text) {
        problems.push_for_file(
            format!("line {line} ends with a carriage return alone"),
            "end every line with a line feed",
        );
        return None;
    }
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST + 1,
        block_nesting_limit: DEEPEST + 1,
    };
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        first_line,
        problems,
        nodes: 0,
        has_anchor: false,
        has_alias: false,
    };
    let document = reader.document().ok()?;
    // The value of an alias is unknown, so further messages about it would be wrong.
    (!reader.has_alias).then_some(document)
}

/// The first line that ends with a carriage return alone, counted from 1. YAML counts it as a line; editors, messages and what edits
/// files here do not.
fn lone_carriage_return(text: &str) -> Option<usize> {
    let is_lone = |(at, _): &(usize, &str)| !text[at + 1..].starts_with('\n');
    let (at, _) = text.match_indices('\r').find(is_lone)?;
    Some(text[..at].matches('\n').count() + 1)
}

/// The structure is broken; the problem has been recorded.
struct Unreadable;

struct Reader<'a, 'b, 'text> {
    parser: Parser<'text, StrInput<'text>>,
    first_line: &'a str,
    problems: &'a mut Problems<'b>,
    nodes: usize,
    has_anchor: bool,
    has_alias: bool,
}

impl<'text> Reader<'_, '_, 'text> {
    fn document(&mut self) -> Result<Node, Unreadable> {
        let mut document = None;
        loop {
            let (event, span) = self.next_event()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => {
                    return document.ok_or_else(|| {
                        let help = format!("start it with `{}`", self.first_line);
                        self.problems.push_for_file("the file is empty", help);
                        Unreadable
                    });
                }
                Event::DocumentStart(..) if document.is_some() => {
                    self.problems.push(
                        place_of(&span),
                        "a second document begins here",
                        "keep one document per file: remove the `---` or `...` line",
                    );
                    return Err(Unreadable);
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next_event()?;
                    document = Some(self.node(event, &span, 0)?);
                }
                _ => return Err(self.unexpected(&span)),
            }
        }
    }

    fn node(&mut self, event: Event<'text>, span: &Span, depth: usize) -> Result<Node, Unreadable> {
        let place = place_of(span);
        self.nodes += 1;
        if depth > DEEPEST || self.nodes > MOST_NODES {
            self.problems.push(
                place,
                "the document is too large from here on",
                format!("nest at most {DEEPEST} levels and keep to {MOST_NODES} values"),
            );
            return Err(Unreadable);
        }
        let (value, tag) = match event {
            Event::Scalar(text, style, _, tag) => (self.scalar(&text, style, place), tag),
            Event::SequenceStart(_, _, tag) => (self.list(depth)?, tag),
            Event::MappingStart(_, _, tag) => (self.mapping(depth)?, tag),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                if !std::mem::replace(&mut self.has_alias, true) {
                    self.refuse(place, "aliases (`*name`) are not supported");
                }
                (NodeValue::Null, None)
            }
            _ => return Err(self.unexpected(span)),
        };
        if let Some(tag) = tag {
            self.problems.push(
                place,
                format!("tag `{tag}` is not supported"),
                "remove the tag; put a value in quotes to make it text",
            );
        }
        Ok(Node { value, place })
    }

    fn list(&mut self, depth: usize) -> Result<NodeValue, Unreadable> {
        let mut items = Vec::new();
        loop {
            match self.next_event()? {
                (Event::SequenceEnd, _) => return Ok(NodeValue::List(items)),
                (event, span) => items.push(self.node(event, &span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<NodeValue, Unreadable> {
        let mut entries = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, span) = self.next_event()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(NodeValue::Mapping(entries));
            }
            let key = self.node(event, &span, depth + 1)?;
            let (event, span) = self.next_event()?;
            let node = self.node(event, &span, depth + 1)?;
            let place = key.place;
            let NodeValue::Text(text) = key.value else {
                self.problems.push(
                    place,
                    format!("a key must be text, not {}", key.description()),
                    "put the key in quotes",
                );
                continue;
            };
            if is_private_name(&text) {
                self.problems.push(
                    place,
                    format!("key `{text}` is reserved"),
                    "use a name that does not begin with `$serde_json::private::`: no stored document could hold it",
                );
                continue;
            }
            match lines.entry(text) {
                hash_map::Entry::Occupied(first) => self.problems.push(
                    place,
                    format!("key `{}` appears twice", first.key()),
                    format!("remove one; the first is on line {}", first.get()),
                ),
                hash_map::Entry::Vacant(free) => {
                    let value = free.key().clone();
                    free.insert(place.line);
                    let key = Spanned { value, place };
                    entries.push(Entry { key, node });
                }
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) -> NodeValue {
        if style != ScalarStyle::Plain {
            return NodeValue::Text(text.to_owned());
        }
        scalar::resolve(text).unwrap_or_else(|unclear| {
            let reason = match unclear {
                Unclear::NotFinite => "JSON has no such number",
                Unclear::Number => "JSON does not write numbers like this",
            };
            self.problems.push(
                place,
                format!("`{text}` is unclear: {reason}"),
                format!("put it in quotes (\"{text}\") for text, or write a plain decimal number"),
            );
            NodeValue::Text(text.to_owned())
        })
    }

    /// The next event that is part of the structure.
    fn next_event(&mut self) -> Result<(Event<'text>, Span), Unreadable> {
        loop {
            match self.parser.next() {
                Some(Ok((Event::Anchor(..), span))) => {
                    if !std::mem::replace(&mut self.has_anchor, true) {
                        self.refuse(place_of(&span), "anchors (`&name`) are not supported");
                    }
                }
                Some(Ok(found)) => return Ok(found),
                Some(Err(error)) => return Err(self.syntax(&error)),
                None => return Err(self.unexpected(&Span::default())),
            }
        }
    }

    /// Reports an unsupported feature once per document.
    fn refuse(&mut self, place: Place, message: &str) {
        self.problems
            .push(place, message, "write the value out where it is needed");
    }

    fn syntax(&mut self, error: &ScanError) -> Unreadable {
        let place = Place {
            line: error.marker().line().max(1),
            column: error.marker().col() + 1,
            width: 1,
        };
        let help = match error.kind() {
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation => "indent with spaces",
            // The place is the end of the text before the tab.
            ErrorKind::TabInPlainScalar => "indent the next line with spaces",
            ErrorKind::DirectiveDisallowed => "remove the line that starts with `%`",
            ErrorKind::RecursionLimitExceeded => "nest at most 64 levels",
            ErrorKind::MappingValueNotAllowed => {
                "check the indentation, and put text that contains `: ` in quotes"
            }
            ErrorKind::UnexpectedEofImplicitFlowMapping | ErrorKind::ExpectedNodeContent => {
                "look for a comma, colon or bracket too many"
            }
            _ => "check indentation, brackets and quotes here and on the line before",
        };
        self.problems
            .push(place, format!("syntax error: {}", error.kind()), help);
        Unreadable
    }

    fn unexpected(&mut self, span: &Span) -> Unreadable {
        self.problems.push(
            place_of(span),
            "syntax error: the document ends too early",
            "check indentation, brackets and quotes",
        );
        Unreadable
    }
}

fn place_of(span: &Span) -> Place {
    let (start, end) = (&span.start, &span.end);
    let width = if start.line() == end.line() {
        end.col().saturating_sub(start.col()).max(1)
    } else {
        usize::MAX
    };
    Place {
        line: start.line().max(1),
        column: start.col() + 1,
        width,
    }
}
