// path, the POSIX one.

import path, { join } from "node:path";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };

export default () => {
  check("join", [join("/a", "..", "b", "./c/", "", "d/.."), join(), join(""), join("a", "../../b"), join("/", "..")]);
  check("resolve", [path.resolve("/a", "b", "../c"), path.resolve("/a", "/b"), path.resolve("/a/b/", "..")]);
  check("normalize", ["/a//b/./c/..", "", "./a", "../../a", "/..", "a/", "//"].map((each) => path.normalize(each)));
  check("dirname", ["/a/b", "/a", "a", "/", "", "/a/b/", "a/b//c"].map((each) => path.dirname(each)));
  check("basename", ["/a/b.txt", "/a/b/", "/", "", "b"].map((each) => path.basename(each)));
  check("basename with suffix", [path.basename("/a/b.txt", ".txt"), path.basename(".txt", ".txt"), path.basename("ab", "b")]);
  check("extname", ["a.b.c", ".bashrc", "a.", "a", "", "a/.b.c", "a.b/"].map((each) => path.extname(each)));
  check("parse", ["/home/user/dir/file.txt", "file", "/", "", "./a/b", ".x.y", "a/"].map((each) => path.parse(each)));
  check("format", [path.format({ dir: "/a", base: "b.c" }), path.format({ root: "/", name: "f", ext: ".t" }), path.format({ name: "f", ext: "t" })]);
  check("relative", [path.relative("/data/a/b", "/data/c/d"), path.relative("/a", "/a"), path.relative("/a/b", "/a"), path.relative("/", "/x/y")]);
  check("isAbsolute", ["/a", "a", "", "."].map((each) => path.isAbsolute(each)));
  check("parts", [path.sep, path.delimiter, path.posix === path, path.posix.sep, path.win32.sep]);
  check("bad", [caught(() => path.join("a", 1)), caught(() => path.basename(null))]);
};
