// node:console.

import { console } from "hookpoint:console";

export const { assert, count, countReset, debug, dir, error, group, groupCollapsed, groupEnd, info, log, table, time, timeEnd, timeLog, trace, warn } = console;
export default console;
