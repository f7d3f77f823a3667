//! Conversion of AWS X-Ray traces to W3C Trace Context.

/// The trace of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    id: String,
    traceparent: Option<String>,
}

impl Trace {
    /// Parses a tracing header: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, in any
    /// order, ignoring other fields. `None` if it names no trace.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let field = |wanted: &str| {
            let fields = header.split(';').filter_map(|field| field.split_once('='));
            let mut found = fields.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim())
        };
        let id = field("root")?;
        let trace_id = w3c_trace_id(id)?;
        let parent = field("parent").filter(|parent| is_id(parent, 16));
        let is_sampled = field("sampled") == Some("1");
        Some(Self {
            id: id.to_owned(),
            traceparent: parent
                .filter(|_| is_sampled)
                .map(|parent| format!("00-{trace_id}-{parent}-01")),
        })
    }

    /// The X-Ray trace id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The trace as a `traceparent`; `None` if it is not sampled, as it would lead nowhere.
    pub(crate) fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }
}

/// Converts an X-Ray trace id, `1-` with 8 digits of time and 24 more, to 32 digits.
fn w3c_trace_id(id: &str) -> Option<String> {
    let (time, rest) = id.strip_prefix("1-")?.split_once('-')?;
    let trace_id = format!("{time}{rest}");
    (time.len() == 8 && is_id(&trace_id, 32)).then_some(trace_id)
}

/// Whether the text is `length` lower-case hexadecimal digits, not all zero.
fn is_id(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use hookpoint_engine::event::ingest::is_traceparent;

    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_sampled_trace_becomes_a_traceparent_and_any_other_stays_an_id() {
        let sampled = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0");
        let trace = Trace::parse(&sampled).unwrap();
        let traceparent = trace.traceparent().unwrap();
        assert_eq!(
            traceparent,
            "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
        );
        assert!(is_traceparent(traceparent));
        assert_eq!(trace.id(), ROOT);
        let turned = format!("Sampled=1; Parent=53995c3f42cd8ad8; Root={ROOT}");
        assert_eq!(Trace::parse(&turned), Some(trace));

        for rest in [
            "Parent=53995c3f42cd8ad8;Sampled=0",
            "Parent=53995c3f42cd8ad8;Sampled=?",
            "Parent=53995c3f42cd8ad8",
            "Parent=0000000000000000;Sampled=1",
            "Parent=53995c3f42cd8ad;Sampled=1",
            "Parent=53995c3f42cd8ad8\r\nx: y;Sampled=1",
            "Sampled=1",
            "",
        ] {
            let trace = Trace::parse(&format!("Root={ROOT};{rest}")).unwrap();
            assert_eq!((trace.id(), trace.traceparent()), (ROOT, None), "{rest}");
        }
    }

    #[test]
    fn what_names_no_trace_is_none() {
        for header in [
            "",
            "Root",
            "Root=",
            "Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988bd862e3fe1be46a994272793",
            "Root=1-5759e98-8bd862e3fe1be46a994272793",
            "Root=1-5759e988-bd862e3fe1be46a99427279",
            "Root=1-5759E988-BD862E3FE1BE46A994272793",
            "Root=1-00000000-000000000000000000000000",
            "Root=1-5759e988-bd862e3fe1be46a99427279\u{e9}",
        ] {
            assert_eq!(Trace::parse(header), None, "{header}");
        }
    }
}
