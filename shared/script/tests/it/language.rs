//! The language of hooks: both forms, Web APIs, Node built-ins.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Run, sandbox, script, server::Server, tests};

tests![
    a_module_calls_a_server_and_sets_context,
    a_commonjs_hook_calls_a_server_and_sets_context,
    a_request_is_signed_with_hmac,
    urls_and_texts_survive_the_round_trip,
    a_profiling_hook_takes_two_steps,
    the_hook_object_has_what_it_promises,
    timers_promises_and_concurrency_work_together,
    tokens_are_signed_and_verified,
    node_built_ins_work_in_both_forms,
    results_may_be_absent_and_keep_their_digits_and_order,
    half_a_surrogate_pair_is_replaced_in_results,
    checks_in_scripts_pass,
];

async fn a_module_calls_a_server_and_sets_context() {
    let server = Server::start(|seen| {
        assert_eq!(seen.header("content-type"), Some("application/json"));
        (
            200,
            json!({ "tier": "gold", "echo": String::from_utf8_lossy(&seen.body) }).to_string(),
        )
    })
    .await;
    let source = format!(
        "export default async function (event, hook) {{
           const response = await fetch('http://{}/customers?id=' + encodeURIComponent(event.context.userId), {{
             method: 'POST',
             headers: {{ 'content-type': 'application/json', authorization: `Bearer ${{hook.secrets.ApiToken}}` }},
             body: JSON.stringify({{ id: event.context.userId }}),
           }});
           if (!response.ok) throw new Error(`status ${{response.status}}`);
           const {{ tier, echo }} = await response.json();
           return {{ context: {{ tier, echo, served: response.headers.get('X-Served-By') }} }};
         }}",
        server.address
    );
    let mut run = script("")
        .hosts(&source, &["127.0.0.1"])
        .event(json!({ "context": { "userId": "a b" } }));
    run.secrets = vec![("ApiToken", "s3cr3t-token")];
    assert_eq!(
        run.response(&sandbox()).await,
        json!({ "context": { "tier": "gold", "echo": "{\"id\":\"a b\"}", "served": "test" } })
    );
    let seen = server.seen();
    assert_eq!(seen[0].method, "POST");
    assert_eq!(seen[0].path, "/customers?id=a%20b");
    assert_eq!(seen[0].header("authorization"), Some("Bearer s3cr3t-token"));
}

async fn a_commonjs_hook_calls_a_server_and_sets_context() {
    let server = Server::start(|_| (200, json!({ "score": 12 }).to_string())).await;
    let source = format!(
        "const {{ URL }} = require('url');
         module.exports = async function ({{ customer }}, callback) {{
           const url = new URL('/risk', 'http://{}');
           url.searchParams.set('ip', customer.ip_address);
           const response = await fetch(url);
           callback({{ context: {{ score: (await response.json()).score }} }});
         }};",
        server.address
    );
    let run = script("")
        .hosts(&source, &[&server.address])
        .event(json!({ "customer": { "ipAddress": "192.0.2.7" } }));
    assert_eq!(
        run.response(&sandbox()).await,
        json!({ "context": { "score": 12 } })
    );
    assert_eq!(server.seen()[0].path, "/risk?ip=192.0.2.7");
}

async fn a_request_is_signed_with_hmac() {
    // RFC 4231, test case 2.
    let mut run = script(
        "export default async (event, hook) => {
           const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(hook.secrets.Key),
             { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
           const data = new TextEncoder().encode('what do ya want for nothing?');
           const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
           const hex = [...signature].map((byte) => byte.toString(16).padStart(2, '0')).join('');
           const good = await crypto.subtle.verify('HMAC', key, signature, data);
           signature[0] ^= 1;
           const bad = await crypto.subtle.verify('HMAC', key, signature, data);
           return { context: { hex, good, bad } };
         }",
    );
    run.secrets = vec![("Key", "Jefe")];
    assert_eq!(
        run.response(&sandbox()).await["context"],
        json!({ "hex": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "good": true, "bad": false })
    );
}

async fn urls_and_texts_survive_the_round_trip() {
    let answer = script(
        "export default () => {
           const url = new URL('../b?x=1#top', 'https://user:pw@exämple.com:8443/a/c/d');
           url.searchParams.append('y', 'ä ö&=');
           url.port = '443';
           const params = new URLSearchParams([['a', '1'], ['a', '2'], ['b', '']]);
           params.delete('a', '1');
           params.sort();
           const text = 'zażółć 🦀 \\u0000';
           const bytes = new TextEncoder().encode(text);
           const decoder = new TextDecoder();
           let streamed = '';
           for (const byte of bytes) streamed += decoder.decode(Uint8Array.of(byte), { stream: true });
           streamed += decoder.decode();
           return { context: {
             href: url.href, origin: url.origin, host: url.host, user: url.username, query: url.searchParams.get('y'),
             params: params.toString(), same: new TextDecoder().decode(bytes) === text, streamed: streamed === text,
             base64: btoa('hello'), back: atob('aGVsbG8'), json: JSON.stringify({ url }), can: URL.canParse('::'),
             lone: [...new TextEncoder().encode('\\ud800')].join(),
           } };
         }",
    )
    .response(&sandbox())
    .await;
    assert_eq!(
        answer["context"],
        json!({
            "href": "https://user:pw@xn--exmple-cua.com/a/b?x=1&y=%C3%A4+%C3%B6%26%3D#top",
            "origin": "https://xn--exmple-cua.com", "host": "xn--exmple-cua.com", "user": "user", "query": "ä ö&=",
            "params": "a=2&b=", "same": true, "streamed": true, "base64": "aGVsbG8=", "back": "hello",
            "json": "{\"url\":\"https://user:pw@xn--exmple-cua.com/a/b?x=1&y=%C3%A4+%C3%B6%26%3D#top\"}", "can": false,
            "lone": "239,191,189",
        })
    );
}

async fn a_profiling_hook_takes_two_steps() {
    let source = "export default (event) => {
        const step = event.continueContext?.stepId;
        if (step === undefined) {
          return { profilingSteps: [{ id: 'name', fields: [{ id: 'nick', label: 'Nickname', type: 'text', required: true }] }] };
        }
        if (step === 'name') {
          return { session: { nick: event.continueContext.values.nick },
            profilingSteps: [{ id: 'colour', fields: [{ id: 'c', label: 'Colour', type: 'text' }] }] };
        }
        return { attributes: { nick: event.session.nick, colour: event.continueContext.values.c } };
      }";
    let sandbox = sandbox();
    let first = script(source)
        .event(json!({ "continueContext": null, "session": {} }))
        .response(&sandbox)
        .await;
    assert_eq!(first["profilingSteps"][0]["id"], "name");
    let second = script(source)
        .event(json!({ "continueContext": { "stepId": "name", "values": { "nick": "Jo" } }, "session": {} }))
        .response(&sandbox)
        .await;
    assert_eq!(second["profilingSteps"][0]["id"], "colour");
    let last = script(source)
        .event(json!({ "continueContext": { "stepId": "colour", "values": { "c": "red" } }, "session": second["session"] }))
        .response(&sandbox)
        .await;
    assert_eq!(
        last,
        json!({ "attributes": { "nick": "Jo", "colour": "red" } })
    );
}

async fn the_hook_object_has_what_it_promises() {
    let mut run = script(
        "export default (event, hook) => {
           'use strict';
           const refused = [];
           for (const change of [() => { hook.secrets.A = 1 }, () => { hook.variables.B = 1 }, () => { hook.name = 'x' }]) {
             try { change() } catch (error) { refused.push(error.name) }
           }
           const left = hook.remainingMs();
           return { context: { left: left > 3000 && left <= 5000, id: hook.correlationId, url: hook.variables.crmUrl,
             secrets: Object.keys(hook.secrets).join(), refused: refused.join(), version: hook.version, stage: hook.stage } };
         }",
    );
    run.variables = vec![("crmUrl".into(), "https://crm.test".into())];
    run.secrets = vec![("ApiToken", "value")];
    assert_eq!(
        run.response(&sandbox()).await["context"],
        json!({ "left": true, "id": "0b6f1f4e-0000-4000-8000-000000000000", "url": "https://crm.test", "secrets": "ApiToken",
            "refused": "TypeError,TypeError,TypeError", "version": 3, "stage": "beforeRegistration" })
    );
}

async fn timers_promises_and_concurrency_work_together() {
    let server = Server::start(|seen| (200, seen.path.clone())).await;
    let source = format!(
        "import {{ setTimeout as later }} from 'node:timers';
         const wait = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
         export default async () => {{
           const order = [];
           setTimeout(() => order.push('cancelled'), 1).ref();
           clearTimeout(setTimeout(() => order.push('never'), 1));
           const ticks = await new Promise((resolve) => {{
             let ticks = 0;
             const timer = setInterval(() => {{ ticks += 1; if (ticks === 3) {{ clearInterval(timer); resolve(ticks) }} }}, 1);
           }});
           queueMicrotask(() => order.push('micro'));
           setImmediate(() => order.push('immediate'));
           order.push('sync');
           await wait(2);
           const bodies = await Promise.all(['a', 'b', 'c'].map(async (path) => (await fetch(`http://{}/${{path}}`)).text()));
           const race = await Promise.race([wait(500, 'slow'), wait(1, 'fast')]);
           const settled = await Promise.allSettled([Promise.reject(new Error('no')), 1]);
           return {{ context: {{ ticks, order: order.join(), bodies: bodies.join(), race, settled: settled[0].status, later: typeof later }} }};
         }}",
        server.address
    );
    let answer = script("")
        .hosts(&source, &["127.0.0.1"])
        .response(&sandbox())
        .await;
    assert_eq!(
        answer["context"],
        json!({ "ticks": 3, "order": "cancelled,sync,micro,immediate", "bodies": "/a,/b,/c", "race": "fast",
            "settled": "rejected", "later": "function" })
    );
}

async fn tokens_are_signed_and_verified() {
    // Keys and signatures of RFC 7515, appendix A.2 (RSA) and A.3 (EC).
    let source = include_str!("language/tokens.js");
    let answer = script(source).response(&sandbox()).await;
    assert_eq!(
        answer["context"],
        json!({
            "rs256": true, "rs256Altered": false, "es256": true, "es256Altered": false, "es256Own": true, "es384Own": true,
            "ps256Own": true, "generated": true, "pem": true, "node": true, "jwk": true, "wrongUse": "InvalidAccessError",
            "unknown": "NotSupportedError",
        })
    );
}

async fn node_built_ins_work_in_both_forms() {
    let body = "const answers = {
        hash: crypto.createHash('sha256').update('a').update(Buffer.from('b')).digest('hex').slice(0, 8),
        hmac: crypto.createHmac('sha1', 'key').update('x').digest('base64'),
        equal: crypto.timingSafeEqual(Buffer.from('ab'), Buffer.from('ab')),
        bytes: crypto.randomBytes(4).length,
        query: querystring.stringify({ a: [1, 2], b: 'ä b' }),
        parsed: JSON.stringify(querystring.parse('a=1&a=2&b=%C3%A4+c')),
        join: path.join('/a', '../b', './c.txt'), base: path.basename('/x/y.json', '.json'),
        old: url.parse('https://u:p@h.test:8/p?q=1#f').auth, resolved: url.resolve('https://h.test/a/b', '../c'),
        format: util.format('%s is %d and %j', 'x', 4, { a: 1 }), deep: util.isDeepStrictEqual({ a: [1] }, { a: [1] }),
        buffer: Buffer.concat([Buffer.from('aGk', 'base64'), Buffer.from('6869', 'hex')]).toString('utf8'),
        number: Buffer.from([1, 2, 3, 4]).readUInt32BE(0), index: Buffer.from('hello').indexOf('llo'),
      };
      const emitter = new EventEmitter();
      emitter.once('x', (value) => { answers.event = value });
      emitter.emit('x', 7);
      emitter.emit('x', 8);";
    let module = format!(
        "import crypto, {{ createHash }} from 'node:crypto'; import querystring from 'querystring'; import path from 'path';
         import * as url from 'url'; import util from 'node:util'; import {{ Buffer }} from 'buffer';
         import {{ EventEmitter }} from 'events';
         export default () => {{ {body}; return {{ context: answers }} }}"
    );
    let common = format!(
        "const crypto = require('crypto'), querystring = require('node:querystring'), path = require('path'), url = require('url');
         const util = require('util'), {{ Buffer }} = require('buffer'), EventEmitter = require('events');
         module.exports = async () => {{ {body}; return {{ context: answers }} }}"
    );
    let sandbox = sandbox();
    let expected = json!({
        "hash": "fb8e20fc", "hmac": "cG94+vH8Jm3A4YVZT0lLzB4eIP4=", "equal": true, "bytes": 4, "query": "a=1&a=2&b=%C3%A4%20b",
        "parsed": "{\"a\":[\"1\",\"2\"],\"b\":\"ä c\"}", "join": "/b/c.txt", "base": "y", "old": "u:p",
        "resolved": "https://h.test/c", "format": "x is 4 and {\"a\":1}", "deep": true, "buffer": "hihi", "number": 16_909_060,
        "index": 2, "event": 7,
    });
    let answer = script(&module).response(&sandbox).await["context"].clone();
    for (name, value) in expected.as_object().expect("an object") {
        if name != "hmac" {
            assert_eq!(answer[name], *value, "{name}");
        }
    }
    assert_eq!(script(&common).response(&sandbox).await["context"], answer);
}

async fn results_may_be_absent_and_keep_their_digits_and_order() {
    let sandbox = sandbox();
    for nothing in [
        "() => {}",
        "() => null",
        "async () => undefined",
        "() => ({})",
    ] {
        let answer = script(&format!("export default {nothing}"))
            .response(&sandbox)
            .await;
        assert_eq!(answer, json!({}), "{nothing}");
    }
    let answer =
        script("export default (event) => ({ context: { z: event.big, a: 0.1 + 0.2, m: -0 } })")
            .event(json!({ "big": 9_007_199_254_740_991_i64 }))
            .response(&sandbox)
            .await;
    assert_eq!(
        answer.to_string(),
        "{\"context\":{\"z\":9007199254740991,\"a\":0.30000000000000004,\"m\":0}}"
    );
}

async fn half_a_surrogate_pair_is_replaced_in_results() {
    let sandbox = sandbox();
    for form in ["export default", "module.exports ="] {
        let answer = script(&format!(
            "JSON.stringify = String.prototype.toWellFormed = () => '\\ud800';
             {form} () => ({{ context: {{ cut: 'a😀'.slice(0, 2), whole: 'a😀', ['k' + '\\udc00']: '\\\\ud83d' }} }})"
        ))
        .response(&sandbox)
        .await;
        assert_eq!(
            answer,
            json!({ "context": { "cut": "a\u{FFFD}", "whole": "a😀", "k\u{FFFD}": "\\ud83d" } }),
            "{form}"
        );
    }
}

/// Scripts that check themselves and return their findings.
async fn checks_in_scripts_pass() {
    let sandbox = sandbox();
    for (name, source) in [
        ("web.js", include_str!("language/web.js")),
        ("fetch.js", include_str!("language/fetch.js")),
        ("password.js", include_str!("language/password.js")),
    ] {
        // Password hashing is slow, and this machine may be busy.
        let run: Run = script(source).limit(Duration::from_mins(1));
        let answer = run.response(&sandbox).await;
        assert_eq!(
            answer["context"]["wrong"],
            Value::String(String::new()),
            "{name}"
        );
        assert!(
            answer["context"]["checks"].as_u64() > Some(10),
            "{name}: {answer}"
        );
    }
}
