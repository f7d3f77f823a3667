import assert from "node:assert/strict";
import { markdown, plain, slack } from "../markup";

export default function () {
  assert.equal(
    slack`*Login* of ${"<!channel> <https://x.example|y> & *b*"}`,
    "*Login* of &lt;!channel&gt; &lt;https:\u200b//x.\u200bexample\u200b|\u200by&gt; &amp; \u200b*\u200bb\u200b*\u200b",
  );
  assert.equal(slack`${"@here"} ${"#general"}`, "@\u200bhere #\u200bgeneral");
  assert.equal(
    slack`${"https://evil.example/reset"} ${"www.evil.example"} ${"a@evil.example/reset"} ${"@evil.example"}`,
    "https:\u200b//evil.\u200bexample/reset www.\u200bevil.\u200bexample a@evil.\u200bexample/reset @\u200bevil.\u200bexample",
  );
  for (const whole of ["o.neill+x@shop.example.com", "203.0.113.24, St. Pölten"]) assert.equal(slack`${whole}`, whole);
  assert.equal(
    markdown`**Login** of ${"**x** @everyone [a](https://x.example) <@1>"}`,
    "**Login** of \\*\\*x\\*\\* @\u200beveryone \\[a\\]\\(https:\u200b//x\\.example\\) \\<@\u200b1\\>",
  );
  assert.equal(plain("a\r\nb\u202ec\u0000"), "a b c");
  assert.equal(plain(undefined), "");
  assert.equal(plain("😀".repeat(301)), `${"😀".repeat(300)}…`);
  assert.equal(plain("abc", 2), "ab…");
  assert.equal(slack`${"x".repeat(65_536)}`.length, 301);
}
