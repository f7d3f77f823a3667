// node:os: what is the same everywhere; the rest throws.

import { absent } from "hookpoint:absent";

const names = [
  "availableParallelism", "cpus", "freemem", "getPriority", "loadavg", "networkInterfaces", "setPriority", "totalmem",
  "uptime", "userInfo", "version", "machine",
];
const os = {
  EOL: "\n",
  devNull: "/dev/null",
  arch: () => "x64",
  endianness: () => "LE",
  // Packages ask for these when they load, to look for files that are not there and to name themselves.
  homedir: () => "/",
  hostname: () => "localhost",
  release: () => "",
  platform: () => "linux",
  tmpdir: () => "/tmp",
  type: () => "Linux",
  constants: { signals: {}, errno: {}, priority: {}, dlopen: {} },
  ...Object.fromEntries(names.map((name) => [name, absent(`os.${name}`)])),
};

export const {
  EOL, arch, availableParallelism, constants, cpus, devNull, endianness, freemem, getPriority, homedir, hostname, loadavg, machine, networkInterfaces,
  platform, release, setPriority, tmpdir, totalmem, type, uptime, userInfo, version,
} = os;
export default os;
