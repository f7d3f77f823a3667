// node:constants: those of the file system.

import { constants } from "node:fs";

export default constants;
