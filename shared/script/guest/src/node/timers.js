// node:timers.

import { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "hookpoint:timers";
import promises from "node:timers/promises";

export { clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout };
export default { clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout };
